package org.mtl4j.balance;

/** Balances for which the Gramian is not enough. */
interface WithGradients extends GradientBalance {
    @Override
    default boolean needsGradients() {
        return true;
    }

    /** {@return these numbers, scaled to this sum} */
    static double[] withSum(double[] numbers, double sum) {
        double now = sum(numbers);
        double[] scaled = numbers.clone();
        for (int i = 0; i < scaled.length; i++) {
            scaled[i] *= sum / now;
        }
        return scaled;
    }

    /** {@return the sum of these numbers} */
    static double sum(double... numbers) {
        double sum = 0;
        for (double number : numbers) {
            sum += number;
        }
        return sum;
    }
}
