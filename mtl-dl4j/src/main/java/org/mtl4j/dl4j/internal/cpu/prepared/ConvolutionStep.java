package org.mtl4j.dl4j.internal.cpu.prepared;

import java.util.Arrays;
import java.util.List;

/**
 * Convolves images, for several results of one image at once: what a window covers is gathered once (im2col) and
 * multiplied by the weights of each. Max pooling over windows that do not overlap is done on the tile that the product
 * leaves in the cache: positions of a window are a block of rows each, so that their maximum is one of whole arrays.
 */
final class ConvolutionStep extends PreparedStep {
    /** Numbers of a tile of gathered rows, which stay in the first caches. */
    private static final int TILE = 12_000;

    /** Segments shorter than this are gathered number by number. */
    private static final int SHORT = 8;

    private static final int TILES_OF_WINDOW = 4;

    /** One of the results. */
    record Result(Factor factor, float[] bias, boolean rectified, int output) {}

    private final Geometry geometry;
    private final int input;
    private final Result[] results;
    private final float[][] biases;
    private final int windows;
    private final boolean padded;
    private final int segment;

    ConvolutionStep(Geometry geometry, int input, List<Result> results) {
        this.geometry = geometry;
        this.input = input;
        this.results = results.toArray(Result[]::new);
        int most = geometry.pooledRows() * geometry.pooledColumns();
        this.windows = Math.max(1, Math.min(most, TILE / (geometry.patch() * geometry.places())));
        this.padded = geometry.padded();
        this.segment = geometry.kernelWidth() * geometry.channels();
        this.biases = new float[this.results.length][];
        for (int i = 0; i < biases.length; i++) {
            biases[i] = Loops.repeated(this.results[i].bias, windows * this.results[i].factor.columns);
        }
    }

    @Override
    void needs(Frame.Needs needs, int block) {
        int rows = windows * geometry.places();
        int widest = Arrays.stream(results)
                .mapToInt(result -> result.factor.columns)
                .max()
                .orElseThrow();
        needs.stage(rows * geometry.patch(), rows * widest);
        needs.tile(TILES_OF_WINDOW, Math.max(rows * geometry.patch(), windows * widest));
    }

    @Override
    void run(Frame frame, int examples) {
        float[] images = frame.values[input];
        int size = geometry.channels() * geometry.height() * geometry.width();
        int all = geometry.pooledRows() * geometry.pooledColumns();
        for (int example = 0; example < examples; example++) {
            for (int first = 0; first < all; first += windows) {
                int count = Math.min(windows, all - first);
                gather(frame, images, example * size, first, count);
                for (int i = 0; i < results.length; i++) {
                    Result result = results[i];
                    result.factor.multiply(frame.staging, count * geometry.places());
                    int columns = result.factor.columns;
                    take(frame, result, biases[i], (example * all + first) * columns, count * columns);
                }
            }
        }
    }

    private void take(Frame frame, Result result, float[] bias, int at, int count) {
        float[] to = frame.values[result.output];
        Staging from = frame.staging;
        int places = geometry.places();
        float[][] tiles = frame.tiles;
        if (places == 1) {
            from.get(0, to, at, count);
        } else if (places == TILES_OF_WINDOW && result.rectified) {
            for (int p = 0; p < places; p++) {
                from.get(p * count, tiles[p], 0, count);
            }
            Loops.rectifiedMaximum(tiles[0], tiles[1], tiles[2], tiles[3], bias, to, at, count);
            return;
        } else {
            from.get(0, tiles[0], 0, count);
            for (int p = 1; p < places; p++) {
                from.get(p * count, tiles[1], 0, count);
                Loops.maximum(tiles[1], tiles[0], count);
            }
            System.arraycopy(tiles[0], 0, to, at, count);
        }
        if (result.rectified) {
            Loops.addRectified(bias, to, at, count);
        } else {
            Loops.add(bias, to, at, count);
        }
    }

    /** Gathers what the windows cover: for each position of pooling a row for each window. */
    private void gather(Frame frame, float[] images, int at, int first, int count) {
        Geometry g = geometry;
        boolean direct = segment >= SHORT && !padded && g.dilationWidth() == 1;
        float[] rows = frame.tiles[0];
        int patch = g.patch();
        int line = g.width() * g.channels();
        int wide = g.pooledColumns();
        for (int p = 0; p < g.places(); p++) {
            int down = p / g.poolWidth();
            int across = p % g.poolWidth();
            int windowRow = first / wide;
            int windowColumn = first % wide;
            for (int w = 0; w < count; w++) {
                int y = (windowRow * g.poolHeight() + down) * g.strideHeight() - g.top();
                int x = (windowColumn * g.poolWidth() + across) * g.strideWidth() - g.left();
                int to = (p * count + w) * patch;
                if (direct) {
                    int from = at + y * line + x * g.channels();
                    for (int i = 0; i < g.kernelHeight(); i++) {
                        frame.staging.put(to, images, from, segment);
                        to += segment;
                        from += g.dilationHeight() * line;
                    }
                } else if (padded || g.dilationWidth() > 1) {
                    gatherWithin(images, at, y, x, rows, to);
                } else {
                    int from = at + y * line + x * g.channels();
                    for (int i = 0; i < g.kernelHeight(); i++) {
                        for (int j = 0; j < segment; j++) {
                            rows[to + j] = images[from + j];
                        }
                        to += segment;
                        from += g.dilationHeight() * line;
                    }
                }
                windowColumn++;
                if (windowColumn == wide) {
                    windowColumn = 0;
                    windowRow++;
                }
            }
        }
        if (!direct) {
            frame.staging.put(0, rows, 0, g.places() * count * patch);
        }
    }

    /** Gathers what one window covers, with 0 outside of the image. */
    private void gatherWithin(float[] images, int at, int top, int left, float[] rows, int to) {
        Geometry g = geometry;
        for (int i = 0; i < g.kernelHeight(); i++) {
            int y = top + i * g.dilationHeight();
            for (int j = 0; j < g.kernelWidth(); j++) {
                int x = left + j * g.dilationWidth();
                int offset = to + (i * g.kernelWidth() + j) * g.channels();
                if (y < 0 || y >= g.height() || x < 0 || x >= g.width()) {
                    Arrays.fill(rows, offset, offset + g.channels(), 0);
                } else {
                    System.arraycopy(images, at + (y * g.width() + x) * g.channels(), rows, offset, g.channels());
                }
            }
        }
    }
}
