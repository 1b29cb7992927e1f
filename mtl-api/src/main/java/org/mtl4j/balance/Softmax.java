package org.mtl4j.balance;

/** The softmax of some numbers. */
final class Softmax {
    private Softmax() {}

    /** {@return e^x divided by their sum, for any finite numbers, and minus infinity beside one that is finite} */
    static double[] of(double... numbers) {
        double most = Double.NEGATIVE_INFINITY;
        for (double number : numbers) {
            most = Math.max(most, number);
        }
        double[] shares = new double[numbers.length];
        double sum = 0;
        for (int i = 0; i < shares.length; i++) {
            shares[i] = Math.exp(numbers[i] - most);
            sum += shares[i];
        }
        for (int i = 0; i < shares.length; i++) {
            shares[i] /= sum;
        }
        return shares;
    }
}
