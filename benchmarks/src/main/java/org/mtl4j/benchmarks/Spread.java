package org.mtl4j.benchmarks;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Mean and sample standard deviation of what several seeds came to.
 *
 * @param mean of the values
 * @param deviation 0 where there is one
 */
record Spread(double mean, double deviation) {
    static Spread of(List<Double> values) {
        return of(values.stream().mapToDouble(Double::doubleValue).toArray());
    }

    static Spread of(double... values) {
        double mean = Arrays.stream(values).average().orElse(Double.NaN);
        double squares = Arrays.stream(values)
                .map(value -> (value - mean) * (value - mean))
                .sum();
        return new Spread(mean, values.length < 2 ? 0 : Math.sqrt(squares / (values.length - 1)));
    }

    String text(int decimals) {
        String number = "%." + decimals + "f";
        return String.format(Locale.ROOT, number + " ± " + number, mean, deviation);
    }
}
