package org.mtl4j.dl4j.internal.cpu.convolution;

import com.google.common.cache.CacheBuilder;
import com.google.common.cache.CacheLoader;
import com.google.common.cache.LoadingCache;
import java.util.ArrayList;
import java.util.List;
import org.mtl4j.dl4j.internal.cpu.MinimalFilter;

/** Divides the columns of an image into tiles, each of which is computed by a {@link MinimalFilter}. */
final class ColumnTiles {
    /** Terms of a combination that take as long as the products of what is combined. */
    private static final int TERMS_OF_PRODUCT = 8;

    /** Keeps those of the latest networks: they are asked for in each pass over each layer. */
    private static final LoadingCache<Request, ColumnTiles> KEPT =
            CacheBuilder.newBuilder().maximumSize(200).build(CacheLoader.from(ColumnTiles::new));

    /** The tiles from left to right. */
    final List<Tile> all = new ArrayList<>();

    /** The filters of the tiles, each once. */
    final List<Filter> filters = new ArrayList<>();

    /** Columns of weights that the filters combine a kernel to, all together. */
    final int combinedWeights;

    private record Request(int columns, int weights, int step) {}

    /** A tile's first column, its filter, and the tile to its left, if any. */
    record Tile(int column, Filter filter, Tile before) {}

    /**
     * A filter's matrices as they are and transposed, and the first of its combined columns of weights among those of
     * all.
     */
    record Filter(
            int results,
            int reads,
            float[][] ofReads,
            float[][] ofWeights,
            float[][] ofResults,
            float[][] fromReads,
            float[][] fromWeights,
            float[][] fromResults,
            int combinedWeights) {
        static Filter of(MinimalFilter filter, int combinedWeights) {
            float[][] ofReads = floats(filter.ofReads());
            float[][] ofWeights = floats(filter.ofWeights());
            float[][] ofResults = floats(filter.ofResults());
            return new Filter(
                    filter.results(),
                    filter.reads(),
                    ofReads,
                    ofWeights,
                    ofResults,
                    transposed(ofReads),
                    transposed(ofWeights),
                    transposed(ofResults),
                    combinedWeights);
        }

        private static float[][] floats(double[][] matrix) {
            float[][] floats = new float[matrix.length][matrix[0].length];
            for (int i = 0; i < matrix.length; i++) {
                for (int j = 0; j < matrix[i].length; j++) {
                    floats[i][j] = (float) matrix[i][j];
                }
            }
            return floats;
        }

        private static float[][] transposed(float[][] matrix) {
            float[][] transposed = new float[matrix[0].length][matrix.length];
            for (int i = 0; i < matrix.length; i++) {
                for (int j = 0; j < matrix[i].length; j++) {
                    transposed[j][i] = matrix[i][j];
                }
            }
            return transposed;
        }
    }

    /**
     * {@return a division of the columns}
     *
     * @param columns number of columns of the output
     * @param weights width of the kernel, at most {@link MinimalFilter#MOST_READS}
     * @param step what widths of tiles are multiples of, as {@code columns} is; {@link #allows} must hold
     */
    static ColumnTiles of(int columns, int weights, int step) {
        return KEPT.getUnchecked(new Request(columns, weights, step));
    }

    private ColumnTiles(Request request) {
        Filter[] byResults = new Filter[MinimalFilter.MOST_RESULTS + 1];
        int combined = 0;
        int column = 0;
        Tile before = null;
        for (int m : widths(request.columns, request.weights, request.step)) {
            if (byResults[m] == null) {
                byResults[m] = Filter.of(new MinimalFilter(m, request.weights), combined);
                filters.add(byResults[m]);
                combined += byResults[m].reads();
            }
            before = new Tile(column, byResults[m], before);
            all.add(before);
            column += m;
        }
        combinedWeights = combined;
    }

    /** {@return products for a row of the output} */
    int products() {
        return all.stream().mapToInt(tile -> tile.filter.reads()).sum();
    }

    /** Tells whether there are tiles whose widths are multiples of {@code step}. */
    static boolean allows(int weights, int step) {
        return step <= mostResults(weights);
    }

    private static int mostResults(int weights) {
        return Math.min(MinimalFilter.MOST_RESULTS, MinimalFilter.MOST_READS + 1 - weights);
    }

    /** Returns the widths of tiles with which products and combinations take the least time. */
    private static int[] widths(int columns, int weights, int step) {
        int most = mostResults(weights);
        int[] cost = new int[columns + 1];
        int[] last = new int[columns + 1];
        int[] count = new int[columns + 1];
        for (int c = step; c <= columns; c += step) {
            cost[c] = Integer.MAX_VALUE;
            for (int m = step; m <= Math.min(most, c); m += step) {
                int n = m + weights - 1;
                int with = cost[c - m] + n * (TERMS_OF_PRODUCT + n);
                if (with < cost[c]) {
                    cost[c] = with;
                    last[c] = m;
                    count[c] = count[c - m] + 1;
                }
            }
        }
        int[] widths = new int[count[columns]];
        int end = columns;
        for (int t = widths.length - 1; t >= 0; t--) {
            widths[t] = last[end];
            end -= last[end];
        }
        return widths;
    }
}
