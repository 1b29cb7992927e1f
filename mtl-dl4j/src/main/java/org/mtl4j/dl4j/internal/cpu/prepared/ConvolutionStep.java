package org.mtl4j.dl4j.internal.cpu.prepared;

import java.util.Arrays;
import java.util.List;
import org.mtl4j.dl4j.internal.cpu.FlatArrays;

/**
 * Convolves images, for several results of one image at once: what a window covers is gathered once (im2col) and
 * multiplied by the weights of each. Max pooling over windows that do not overlap is done on the tile that the product
 * leaves in the cache: positions of a window are a block of rows each, so that their maximum is one of whole arrays.
 */
final class ConvolutionStep extends DividedStep {
    /** Segments shorter than this are gathered number by number. */
    private static final int SHORT = 8;

    private static final int TILES_OF_WINDOW = 4;

    /** The tile with the image and its padding. */
    private static final int PADDED = TILES_OF_WINDOW;

    /** One of the results. */
    record Result(Factor factor, float[] bias, boolean rectified, int output) {}

    private final Geometry geometry;
    private final int input;
    private final Result[] results;
    private final float[][] biases;
    private final int windows;
    private final boolean padded;
    private final int segment;

    /** Whether what windows cover is staged column by column, from whole rows of an image of one channel. */
    private final boolean byColumns;

    ConvolutionStep(Products products, Geometry geometry, int input, List<Result> results) {
        this.geometry = geometry;
        this.input = input;
        this.results = results.toArray(Result[]::new);
        int most = windows(products);
        int wide = geometry.pooledColumns();
        int whole = most / wide * wide;
        this.byColumns = products == Products.IN_PLACE
                && geometry.channels() == 1
                && geometry.dilationHeight() == 1
                && geometry.dilationWidth() == 1
                && whole > 0
                && results.stream().allMatch(result -> result.factor.multipliesColumns(whole * geometry.places()));
        this.windows = byColumns ? whole : most;
        this.padded = geometry.padded();
        this.segment = geometry.kernelWidth() * geometry.channels();
        this.biases = new float[this.results.length][];
        for (int i = 0; i < biases.length; i++) {
            biases[i] = FlatArrays.repeated(this.results[i].bias, windows * this.results[i].factor.columns);
        }
    }

    /** How many windows are gathered at once: as many as stay in the first caches, in whole calls of BLAS. */
    private int windows(Products products) {
        int widest = widest();
        int rows = Math.min(products.tile() / geometry.patch(), products.resultTile() / widest);
        int ofCall = Arrays.stream(results)
                .mapToInt(result -> result.factor.rowsOfCall())
                .min()
                .orElseThrow();
        if (rows > ofCall) {
            rows -= rows % ofCall;
        }
        int all = geometry.pooledRows() * geometry.pooledColumns();
        return Math.max(1, Math.min(all, rows / geometry.places()));
    }

    private int widest() {
        return Arrays.stream(results)
                .mapToInt(result -> result.factor.columns)
                .max()
                .orElseThrow();
    }

    @Override
    void needs(Frame.Needs needs, int block) {
        int rows = windows * geometry.places();
        int widest = widest();
        needs.stage(rows * geometry.patch(), rows * widest);
        int image = padded ? paddedHeight() * paddedWidth() * geometry.channels() : 0;
        int lines = byColumns ? linesAtOnce(windows / geometry.pooledColumns()) * apart() * line() : 0;
        needs.tile(PADDED + 1, Math.max(Math.max(lines, image), Math.max(rows * geometry.patch(), windows * widest)));
    }

    private int tilesOfExample() {
        return (geometry.pooledRows() * geometry.pooledColumns() + windows - 1) / windows;
    }

    @Override
    int parts(int examples) {
        return examples * tilesOfExample();
    }

    @Override
    void run(Frame frame, int examples, int from, int to) {
        float[] images = frame.values[input];
        int size = geometry.channels() * geometry.height() * geometry.width();
        int all = geometry.pooledRows() * geometry.pooledColumns();
        int tiles = tilesOfExample();
        for (int tile = from; tile < to; tile++) {
            int example = tile / tiles;
            float[] image = images;
            int at = example * size;
            if (padded && !byColumns) {
                image = frame.tiles[PADDED];
                if (tile == from || tile % tiles == 0) {
                    pad(images, at, image, tile % tiles, Math.min(tiles, tile % tiles + to - tile));
                }
                at = 0;
            }
            int first = tile % tiles * windows;
            int count = Math.min(windows, all - first);
            if (byColumns) {
                gatherColumns(frame, image, at, first / geometry.pooledColumns(), count);
            } else {
                gather(frame, image, at, first, count);
            }
            for (int i = 0; i < results.length; i++) {
                Result result = results[i];
                if (byColumns) {
                    result.factor.multiplyColumns(frame.staging, count * geometry.places());
                } else {
                    result.factor.multiply(frame.staging, count * geometry.places());
                }
                int columns = result.factor.columns;
                take(frame, result, biases[i], (example * all + first) * columns, count * columns);
            }
        }
    }

    private void take(Frame frame, Result result, float[] bias, int at, int count) {
        float[] to = frame.values[result.output];
        Staging from = frame.staging;
        int places = geometry.places();
        float[][] tiles = frame.tiles;
        if (places == TILES_OF_WINDOW && result.rectified) {
            for (int p = 0; p < places; p++) {
                from.get(p * count, tiles[p], 0, count);
            }
            Loops.rectifiedMaximum(tiles[0], tiles[1], tiles[2], tiles[3], bias, tiles[0], count);
        } else {
            from.get(0, tiles[0], 0, count);
            for (int p = 1; p < places; p++) {
                from.get(p * count, tiles[1], 0, count);
                Loops.maximum(tiles[1], tiles[0], count);
            }
            if (result.rectified) {
                Loops.addRectified(bias, tiles[0], count);
            } else {
                Loops.add(bias, tiles[0], count);
            }
        }
        System.arraycopy(tiles[0], 0, to, at, count);
    }

    private int paddedHeight() {
        int reach = (geometry.rows() - 1) * geometry.strideHeight()
                + (geometry.kernelHeight() - 1) * geometry.dilationHeight();
        return Math.max(geometry.top() + geometry.height(), reach + 1);
    }

    private int paddedWidth() {
        int reach = (geometry.columns() - 1) * geometry.strideWidth()
                + (geometry.kernelWidth() - 1) * geometry.dilationWidth();
        return Math.max(geometry.left() + geometry.width(), reach + 1);
    }

    /** Copies the rows of an image that windows of some tiles cover, with zeros around. */
    private void pad(float[] images, int at, float[] to, int firstTile, int endTile) {
        Geometry g = geometry;
        int line = g.width() * g.channels();
        int wide = paddedWidth() * g.channels();
        int down = g.poolHeight() * g.strideHeight();
        int lastWindow = Math.min(g.pooledRows() * g.pooledColumns(), endTile * windows) - 1;
        int first = firstTile * windows / g.pooledColumns() * down;
        int reach = (g.poolHeight() - 1) * g.strideHeight() + (g.kernelHeight() - 1) * g.dilationHeight();
        int end = Math.min(paddedHeight(), lastWindow / g.pooledColumns() * down + reach + 1);
        Arrays.fill(to, first * wide, end * wide, 0);
        for (int y = Math.max(0, first - g.top()); y < Math.min(g.height(), end - g.top()); y++) {
            System.arraycopy(images, at + y * line, to, (g.top() + y) * wide + g.left() * g.channels(), line);
        }
    }

    /** Gathers what the windows cover: for each position of pooling a row for each window. */
    private void gather(Frame frame, float[] image, int at, int first, int count) {
        Geometry g = geometry;
        boolean direct = segment >= SHORT && g.dilationWidth() == 1;
        float[] rows = frame.tiles[0];
        int patch = g.patch();
        int line = (padded ? paddedWidth() : g.width()) * g.channels();
        int down = g.dilationHeight() * line;
        int wide = g.pooledColumns();
        for (int p = 0; p < g.places(); p++) {
            int windowRow = first / wide;
            int windowColumn = first % wide;
            for (int w = 0; w < count; w++) {
                int y = (windowRow * g.poolHeight() + p / g.poolWidth()) * g.strideHeight();
                int x = (windowColumn * g.poolWidth() + p % g.poolWidth()) * g.strideWidth();
                int to = (p * count + w) * patch;
                int from = at + y * line + x * g.channels();
                for (int i = 0; i < g.kernelHeight(); i++) {
                    if (direct) {
                        frame.staging.put(to, image, from, segment);
                    } else if (g.dilationWidth() == 1) {
                        copy(image, from, rows, to, segment);
                    } else {
                        for (int j = 0; j < g.kernelWidth(); j++) {
                            int apart = j * g.dilationWidth() * g.channels();
                            copy(image, from + apart, rows, to + j * g.channels(), g.channels());
                        }
                    }
                    to += segment;
                    from += down;
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

    /** {@return from one window to the next in a row of maxima, in columns of the image} */
    private int apart() {
        return geometry.poolWidth() * geometry.strideWidth();
    }

    /** {@return rows of the image that so many rows of maxima look at} */
    private int linesAtOnce(int rows) {
        return (rows * geometry.poolHeight() - 1) * geometry.strideHeight() + geometry.kernelHeight();
    }

    /** {@return how many numbers of a row of the image lie side by side if each has its neighbour {@link #apart}} */
    private int line() {
        return (geometry.left() + Math.max(geometry.width(), paddedWidth())) / apart() + 1;
    }

    /**
     * Gathers what the windows of whole rows of maxima cover: for each place in a window the numbers of all windows, by
     * position of pooling. Numbers of the image that are as far apart as windows are put side by side first.
     */
    private void gatherColumns(Frame frame, float[] image, int at, int firstRow, int count) {
        Geometry g = geometry;
        int wide = g.pooledColumns();
        int rows = count / wide;
        int top = firstRow * g.poolHeight() * g.strideHeight();
        float[] lines = frame.tiles[PADDED];
        int apart = apart();
        int line = line();
        for (int y = 0; y < linesAtOnce(rows); y++) {
            split(image, at, top + y - g.top(), lines, y * apart * line);
        }
        int all = count * g.places();
        for (int i = 0; i < g.kernelHeight(); i++) {
            for (int j = 0; j < g.kernelWidth(); j++) {
                int to = (i * g.kernelWidth() + j) * all;
                for (int p = 0; p < g.places(); p++) {
                    int x = p % g.poolWidth() * g.strideWidth() + j;
                    for (int r = 0; r < rows; r++) {
                        int y = (r * g.poolHeight() + p / g.poolWidth()) * g.strideHeight() + i;
                        frame.staging.put(to, lines, (y * apart + x % apart) * line + x / apart, wide);
                        to += wide;
                    }
                }
            }
        }
    }

    /** Puts numbers of a row of an image that are as far apart as windows side by side, with zeros around. */
    private void split(float[] image, int at, int y, float[] to, int offset) {
        Geometry g = geometry;
        int apart = apart();
        int line = line();
        Arrays.fill(to, offset, offset + apart * line, 0);
        if (y >= 0 && y < g.height()) {
            int from = at + y * g.width();
            for (int phase = 0; phase < apart; phase++) {
                int skipped = (g.left() - phase + apart - 1) / apart; // numbers that lie in the padding
                int first = Math.max(0, skipped);
                int x = first * apart + phase - g.left();
                for (int k = offset + phase * line + first; x < g.width(); k++, x += apart) {
                    to[k] = image[from + x];
                }
            }
        }
    }

    /** Copies a few numbers. */
    private static void copy(float[] from, int at, float[] to, int offset, int count) {
        for (int i = 0; i < count; i++) {
            to[offset + i] = from[at + i];
        }
    }
}
