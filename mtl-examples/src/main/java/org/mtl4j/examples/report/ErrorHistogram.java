package org.mtl4j.examples.report;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.mtl4j.faces.LandmarkScheme;
import org.mtl4j.metric.PointErrors;

/**
 * How the errors of a point are distributed, in bins of 0.1 % of the normaliser up to 10 %: small enough to be kept of
 * every run, and its cumulative distribution is exact at the edges of the bins, among which the threshold of 5 % is.
 *
 * @param point the point's name
 * @param counts how many errors lie in each of {@value #BINS} bins, their upper edges included, and last how many
 *     beyond
 */
public record ErrorHistogram(String point, List<Integer> counts) {
    /** The number of bins up to 10 %. */
    static final int BINS = 100;

    /** @throws IllegalArgumentException if there is another number of counts */
    public ErrorHistogram {
        counts = ImmutableList.copyOf(counts);
        if (counts.size() != BINS + 1) {
            throw new IllegalArgumentException(
                    "ErrorHistogram of '%s': %s counts are needed, got %s".formatted(point, BINS + 1, counts.size()));
        }
    }

    /** Makes one for each of the usual five points. */
    public static List<ErrorHistogram> of(PointErrors errors) {
        return of(LandmarkScheme.FIVE_POINTS.names(), errors);
    }

    /**
     * Makes one for each point of a face; images where it is unknown do not count.
     *
     * @param names of the points
     */
    public static List<ErrorHistogram> of(List<String> names, PointErrors errors) {
        List<ErrorHistogram> all = new ArrayList<>();
        for (int point = 0; point < names.size(); point++) {
            Integer[] counts = new Integer[BINS + 1];
            Arrays.fill(counts, 0);
            for (int image = 0; image < errors.images(); image++) {
                double error = errors.error(image, point);
                if (!Double.isNaN(error)) {
                    counts[bin(error)]++;
                }
            }
            all.add(new ErrorHistogram(names.get(point), List.of(counts)));
        }
        return all;
    }

    /** Adds up counts of several sets of errors. */
    public static ErrorHistogram sum(String name, List<ErrorHistogram> parts) {
        Integer[] counts = new Integer[BINS + 1];
        Arrays.fill(counts, 0);
        for (ErrorHistogram part : parts) {
            for (int bin = 0; bin <= BINS; bin++) {
                counts[bin] += part.counts.get(bin);
            }
        }
        return new ErrorHistogram(name, List.of(counts));
    }

    private static int bin(double error) {
        for (int bin = 0; bin < BINS; bin++) {
            if (error <= edge(bin + 1)) {
                return bin;
            }
        }
        return BINS;
    }

    /** {@return the upper edge of bin {@code number - 1}, a fraction of the normaliser} */
    private static double edge(int number) {
        return number / 1000.0;
    }

    /** {@return how many errors there are} */
    @JsonIgnore
    public int total() {
        return counts.stream().mapToInt(Integer::intValue).sum();
    }

    /**
     * {@return the upper edges of the bins in %, from 0 on: what {@link #cumulative} and {@link #fractions} are over}
     */
    public static double[] percent(int binsPerStep) {
        double[] edges = new double[BINS / binsPerStep + 1];
        for (int i = 0; i < edges.length; i++) {
            edges[i] = 100 * edge(i * binsPerStep);
        }
        return edges;
    }

    /** {@return the fraction of the errors up to each edge, in %, the first for 0} */
    public double[] cumulative() {
        double[] fractions = new double[BINS + 1];
        long sum = 0;
        for (int i = 1; i <= BINS; i++) {
            sum += counts.get(i - 1);
            fractions[i] = 100.0 * sum / total();
        }
        return fractions;
    }

    /**
     * {@return the fraction of the errors in each step of so many bins, in %; over the step's lower edge, and 0 over
     * the last edge}
     */
    public double[] fractions(int binsPerStep) {
        double[] fractions = new double[BINS / binsPerStep + 1];
        for (int bin = 0; bin < BINS; bin++) {
            fractions[bin / binsPerStep] += 100.0 * counts.get(bin) / total();
        }
        return fractions;
    }

    /** {@return the fraction of the errors beyond 10 %, in %} */
    double beyond() {
        return 100.0 * counts.get(BINS) / total();
    }
}
