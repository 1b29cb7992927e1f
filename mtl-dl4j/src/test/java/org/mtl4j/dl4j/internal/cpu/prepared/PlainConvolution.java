package org.mtl4j.dl4j.internal.cpu.prepared;

/** Convolves by sums of products in double precision, as the definition says. */
final class PlainConvolution {
    private PlainConvolution() {}

    /** {@return the results of a block of images, as a plan has them} */
    static double[] of(Geometry g, PlanBuilder.Convolved of, float[] images, int examples) {
        int out = of.bias().length;
        double[] expected = new double[examples * g.pooledRows() * g.pooledColumns() * out];
        int at = 0;
        for (int example = 0; example < examples; example++) {
            for (int row = 0; row < g.pooledRows(); row++) {
                for (int column = 0; column < g.pooledColumns(); column++) {
                    for (int o = 0; o < out; o++) {
                        double largest = Double.NEGATIVE_INFINITY;
                        for (int p = 0; p < g.places(); p++) {
                            int y = row * g.poolHeight() + p / g.poolWidth();
                            int x = column * g.poolWidth() + p % g.poolWidth();
                            largest = Math.max(largest, sum(g, of.weights(), out, images, example, y, x, o));
                        }
                        double biased = largest + of.bias()[o];
                        expected[at++] = of.rectified() ? Math.max(0, biased) : biased;
                    }
                }
            }
        }
        return expected;
    }

    private static double sum(
            Geometry g, float[] weights, int out, float[] images, int example, int row, int column, int o) {
        double sum = 0;
        for (int i = 0; i < g.kernelHeight(); i++) {
            for (int j = 0; j < g.kernelWidth(); j++) {
                int y = row * g.strideHeight() - g.top() + i * g.dilationHeight();
                int x = column * g.strideWidth() - g.left() + j * g.dilationWidth();
                for (int c = 0; c < g.channels() && y >= 0 && y < g.height() && x >= 0 && x < g.width(); c++) {
                    sum += (double) images[((example * g.height() + y) * g.width() + x) * g.channels() + c]
                            * weights[((i * g.kernelWidth() + j) * g.channels() + c) * out + o];
                }
            }
        }
        return sum;
    }

    /** {@return the largest difference, of the largest number} */
    static double difference(double[] expected, float[] found) {
        double largest = 0;
        double difference = 0;
        for (int i = 0; i < expected.length; i++) {
            double each = Math.abs(expected[i] - found[i]);
            difference = Double.isNaN(each) ? Double.POSITIVE_INFINITY : Math.max(difference, each);
            largest = Math.max(largest, Math.abs(expected[i]));
        }
        return difference / largest;
    }
}
