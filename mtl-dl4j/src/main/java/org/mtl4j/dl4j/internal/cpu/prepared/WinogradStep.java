package org.mtl4j.dl4j.internal.cpu.prepared;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.FloatPointer;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.FlatArrays;
import org.mtl4j.dl4j.internal.cpu.Gemm;

/**
 * Convolves images by windows of 3 × 3 side by side, for several results of one image at once, with fewer
 * multiplications ({@link WinogradTransform}): a block of tiles is transformed by products, multiplied by the
 * transformed weights in n² more, and transformed back. Maximum pooling of 2 × 2 is that of the four results of a tile.
 * Needs BLAS.
 */
final class WinogradStep extends DividedStep {
    /** Numbers of a block of transformed tiles: it stays in the second cache. */
    private static final int BLOCK_NUMBERS = 65_536;

    /** Of a result with many weights: tiles leave that cache, but more of them share what is read of the weights. */
    private static final int MOST_BLOCK_NUMBERS = 4 * BLOCK_NUMBERS;

    /** With fewer tiles a product takes as long to read its weights as to multiply. */
    private static final int LEAST_TILES = 8;

    /** Fewer tiles are shared by threads as channels of all tiles, and more as tiles. */
    private static final int FEW_TILES = 2 * LEAST_TILES;

    /** Most channels of a piece of a result, where threads that share few tiles have pieces each. */
    private static final int PIECE = 48;

    /** What a plain convolution spends on gathering a number, in multiplications. */
    private static final int GATHERING = 4;

    /** One of the results, or some of its channels. */
    private static final class Result {
        private final WinogradTransform.Matrix[] weights;
        private final FloatPointer[] ofPoints;
        private final float[] bias;
        private final boolean rectified;
        private final int output;

        /** Channels of the whole result; from {@code first} on it has {@code channels} of them. */
        private final int all;

        private final int first;
        private final int channels;

        private Result(WinogradTransform transform, PlanBuilder.Convolved from, int tiles) {
            int points = transform.reads * transform.reads;
            float[] transformed = transform.weights(from.weights());
            int each = transformed.length / points;
            weights = new WinogradTransform.Matrix[points];
            ofPoints = new FloatPointer[points];
            for (int p = 0; p < points; p++) {
                weights[p] = WinogradTransform.Matrix.of(transformed, p * each, each);
                ofPoints[p] = weights[p].at;
            }
            all = from.bias().length;
            first = 0;
            channels = all;
            bias = FlatArrays.repeated(from.bias(), tiles * channels);
            rectified = from.rectified();
            output = from.output();
        }

        /** Some channels of a whole result, with its weights. */
        private Result(Result whole, int first, int channels, int tiles) {
            weights = whole.weights;
            ofPoints = new FloatPointer[weights.length];
            for (int p = 0; p < weights.length; p++) {
                ofPoints[p] = new FloatPointer(weights[p].at).position(first);
            }
            all = whole.all;
            this.first = first;
            this.channels = channels;
            bias = FlatArrays.repeated(Arrays.copyOfRange(whole.bias, first, first + channels), tiles * channels);
            rectified = whole.rectified;
            output = whole.output;
        }

        /** {@return its channels in pieces} */
        private Result[] pieces(int tiles) {
            int count = divided(all, PIECE);
            return IntStream.range(0, count)
                    .mapToObj(i -> new Result(this, all * i / count, all * (i + 1) / count - all * i / count, tiles))
                    .toArray(Result[]::new);
        }
    }

    private final WinogradTransform transform;
    private final Products products;
    private final Geometry geometry;
    private final int input;
    private final Result[] results;

    /** The results, or some channels each if there is one. */
    private final Result[] pieces;

    private final WinogradTransform.Matrix ofInput;
    private final WinogradTransform.Matrix ofOutput;
    private final int points;
    private final int tileRows;
    private final int tileColumns;

    /** Rows of tiles of a block. */
    private final int most;

    /** Rows of tiles that a thread computes at least. */
    private final int rowsOfPart;

    /** Numbers of every m-th column of an image with its padding. */
    private final int line;

    WinogradStep(
            WinogradTransform transform,
            Products products,
            Geometry geometry,
            int input,
            List<PlanBuilder.Convolved> results) {
        this.transform = transform;
        this.products = products;
        this.geometry = geometry;
        this.input = input;
        this.ofInput = matrix(transform.input());
        this.ofOutput = matrix(transform.output());
        this.points = transform.reads * transform.reads;
        boolean pools = geometry.places() > 1;
        this.tileRows = pools ? geometry.pooledRows() : divided(geometry.rows(), transform.results);
        this.tileColumns = pools ? geometry.pooledColumns() : divided(geometry.columns(), transform.results);
        int widestResult =
                results.stream().mapToInt(result -> result.bias().length).max().orElseThrow();
        int widest = Math.max(geometry.channels(), widestResult);
        long weights = (long) points * geometry.channels() * widestResult;
        long numbers = Math.max(BLOCK_NUMBERS, Math.min(MOST_BLOCK_NUMBERS, weights / 2));
        this.most = (int) Math.max(1, numbers / ((long) points * tileColumns * widest));
        this.rowsOfPart = divided(LEAST_TILES, tileColumns);
        this.line = (tileColumns + 1) * geometry.channels();
        this.results = results.stream()
                .map(result -> new Result(transform, result, most * tileColumns))
                .toArray(Result[]::new);
        this.pieces = this.results.length > 1 ? this.results : this.results[0].pieces(FEW_TILES);
    }

    private static WinogradTransform.Matrix matrix(float[] numbers) {
        return WinogradTransform.Matrix.of(numbers, 0, numbers.length);
    }

    private static int divided(int count, int by) {
        return (count + by - 1) / by;
    }

    /** {@return the transform that takes the least time for such a convolution; null if a plain one does} */
    static @Nullable WinogradTransform choose(Products products, Geometry g, List<PlanBuilder.Convolved> results) {
        if (products != Products.IN_PLACE) {
            return null; // small products cost what they compute only there
        }
        int columns = results.stream().mapToInt(result -> result.bias().length).sum();
        long least = (long) g.rows() * g.columns() * 9 * g.channels() * (columns + GATHERING);
        WinogradTransform chosen = null;
        for (WinogradTransform transform : WinogradTransform.values()) {
            int points = transform.reads * transform.reads;
            int ofTile = transform.results * transform.results;
            long cost = (long) divided(g.rows(), transform.results)
                    * divided(g.columns(), transform.results)
                    * points
                    * (g.channels() * (columns + points + GATHERING) + columns * ofTile);
            if (canCompute(transform, g) && cost < least) {
                least = cost;
                chosen = transform;
            }
        }
        return chosen;
    }

    /** Tells whether such a convolution can be computed so. */
    static boolean canCompute(WinogradTransform transform, Geometry g) {
        boolean poolsTiles = transform == WinogradTransform.TWO && g.poolHeight() == 2 && g.poolWidth() == 2;
        return g.kernelHeight() == WinogradTransform.KERNEL
                && g.kernelWidth() == WinogradTransform.KERNEL
                && g.strideHeight() == 1
                && g.strideWidth() == 1
                && g.dilationHeight() == 1
                && g.dilationWidth() == 1
                && (g.places() == 1 || poolsTiles);
    }

    @Override
    void needs(Frame.Needs needs, int block) {
        int tiles = Math.min(most, block * tileRows) * tileColumns;
        int widest = 0;
        for (Result result : results) {
            widest = Math.max(widest, result.channels);
        }
        int m = transform.results;
        needs.stage(
                tiles * (points * geometry.channels() + m * transform.reads * widest),
                tiles * Math.max(points * geometry.channels(), (points + m * m) * widest));
        int rows = transform.results * tileRows + WinogradTransform.KERNEL - 1;
        needs.tile(5, Math.max(tiles * widest, rows * transform.results * line));
    }

    /** Tells whether all tiles are so few that threads compute some channels of all, and not all of some. */
    private boolean few(int examples) {
        return examples * tileRows * tileColumns < FEW_TILES && examples * tileRows <= most;
    }

    @Override
    int parts(int examples) {
        return few(examples) ? pieces.length : divided(examples * tileRows, rowsOfPart);
    }

    @Override
    void run(Frame frame, int examples, int from, int to) {
        int rows = examples * tileRows;
        if (!few(examples)) {
            compute(frame, from * rowsOfPart, Math.min(rows, to * rowsOfPart), results, 0, results.length);
        } else if (to - from == pieces.length) {
            compute(frame, 0, rows, results, 0, results.length);
        } else {
            compute(frame, 0, rows, pieces, from, to);
        }
    }

    /** Computes rows of tiles of some results, in blocks that are about as large as each other. */
    private void compute(Frame frame, int from, int to, Result[] of, int ofFirst, int ofEnd) {
        int blocks = divided(to - from, most);
        for (int block = 0; block < blocks; block++) {
            int first = from + (to - from) * block / blocks;
            int count = from + (to - from) * (block + 1) / blocks - first;
            gather(frame, first, count);
            transform(frame, count * tileColumns);
            for (int i = ofFirst; i < ofEnd; i++) {
                multiply(frame, of[i], count * tileColumns);
                if (geometry.places() > 1) {
                    pool(frame, of[i], first, count);
                } else {
                    place(frame, of[i], first, count);
                }
            }
        }
    }

    /** Stages what tiles read: by place in a tile the numbers of all tiles {@code [tiles, channels]}. */
    private void gather(Frame frame, int first, int count) {
        float[] lines = frame.tiles[4];
        int m = transform.results;
        int n = transform.reads;
        int channels = geometry.channels();
        int length = tileColumns * channels;
        int split = 0;
        for (int r = 0; r < count; r++) {
            int row = (first + r) % tileRows;
            split = r == 0 || row == 0 ? row * m : split;
            for (; split < row * m + n; split++) {
                split(frame.values[input], (first + r) / tileRows, split, lines);
            }
            for (int i = 0; i < n; i++) {
                for (int j = 0; j < n; j++) {
                    int at = ((i * n + j) * count + r) * length;
                    frame.staging.put(at, lines, ((row * m + i) * m + j % m) * line + j / m * channels, length);
                }
            }
        }
    }

    /** Copies a row of an image with its padding, every m-th column side by side. */
    private void split(float[] images, int example, int row, float[] to) {
        Geometry g = geometry;
        int m = transform.results;
        int at = row * m * line;
        Arrays.fill(to, at, at + m * line, 0);
        int y = row - g.top();
        if (y >= 0 && y < g.height()) {
            int from = (example * g.height() + y) * g.width() * g.channels();
            int columns = Math.min(g.width(), (tileColumns + 1) * m - g.left());
            for (int x = 0; x < columns; x++) {
                int place = x + g.left();
                int offset = at + place % m * line + place / m * g.channels();
                System.arraycopy(images, from + x * g.channels(), to, offset, g.channels());
            }
        }
    }

    /** Transforms what was staged, in its place. */
    private void transform(Frame frame, int tiles) {
        Staging.Native staging = (Staging.Native) frame.staging;
        int numbers = tiles * geometry.channels();
        twice(ofInput, transform.reads, staging.rows, 0, staging.results, 0, staging.rows, 0, numbers);
    }

    /**
     * Multiplies the columns of all tiles by a matrix, and then their rows.
     *
     * @param rows of the matrix
     * @param from {@code [n, n, numbers]}
     * @param between gets {@code [rows, n, numbers]}
     * @param to gets {@code [rows, rows, numbers]}
     */
    private void twice(
            WinogradTransform.Matrix matrix,
            int rows,
            FloatPointer from,
            long fromAt,
            FloatPointer between,
            long betweenAt,
            FloatPointer to,
            long toAt,
            int numbers) {
        int n = transform.reads;
        byMatrix(matrix, rows, from, fromAt, between, betweenAt, n * numbers);
        for (int row = 0; row < rows; row++) {
            long at = betweenAt + (long) row * n * numbers;
            byMatrix(matrix, rows, between, at, to, toAt + (long) row * rows * numbers, numbers);
        }
    }

    private void byMatrix(
            WinogradTransform.Matrix matrix,
            int rows,
            FloatPointer from,
            long fromAt,
            FloatPointer to,
            long toAt,
            int columns) {
        int n = transform.reads;
        int width = Math.max(64, products.most() / (rows * n) / 64 * 64);
        for (int first = 0; first < columns; first += width) {
            int count = Math.min(width, columns - first);
            Gemm.multiplyFromLeft(rows, count, n, matrix.at, from, fromAt + first, columns, to, toAt + first, columns);
        }
    }

    /** Multiplies by the transformed weights, and transforms back; the results are staged behind the products. */
    private void multiply(Frame frame, Result result, int tiles) {
        Staging.Native staging = (Staging.Native) frame.staging;
        int channels = geometry.channels();
        int columns = result.channels;
        for (int p = 0; p < points; p++) {
            Gemm.multiply(
                    tiles,
                    columns,
                    channels,
                    staging.rows,
                    (long) p * tiles * channels,
                    channels,
                    result.ofPoints[p],
                    result.all,
                    false,
                    staging.results,
                    (long) p * tiles * columns,
                    columns);
        }
        int numbers = tiles * columns;
        long behindInput = (long) points * tiles * channels;
        int m = transform.results;
        twice(
                ofOutput,
                m,
                staging.results,
                0,
                staging.rows,
                behindInput,
                staging.results,
                (long) points * numbers,
                numbers);
    }

    /** Puts the results of tiles where they belong. */
    private void place(Frame frame, Result result, int first, int count) {
        Geometry g = geometry;
        int m = transform.results;
        int channels = result.channels;
        int numbers = count * tileColumns * channels;
        int staged = points * numbers;
        float[] tile = frame.tiles[0];
        float[] to = frame.values[result.output];
        for (int place = 0; place < m * m; place++) {
            frame.staging.get(staged + place * numbers, tile, 0, numbers);
            finish(result, tile, numbers);
            for (int r = 0; r < count; r++) {
                int y = (first + r) % tileRows * m + place / m;
                if (y < g.rows()) {
                    int line = ((first + r) / tileRows * g.rows() + y) * g.columns();
                    for (int x = place % m; x < g.columns(); x += m) {
                        int from = (r * tileColumns + x / m) * channels;
                        System.arraycopy(tile, from, to, (line + x) * result.all + result.first, channels);
                    }
                }
            }
        }
    }

    /** Puts the largest result of each tile where it belongs. */
    private void pool(Frame frame, Result result, int first, int count) {
        int channels = result.channels;
        int numbers = count * tileColumns * channels;
        int staged = points * numbers;
        float[][] tiles = frame.tiles;
        for (int place = 0; place < geometry.places(); place++) {
            frame.staging.get(staged + place * numbers, tiles[place], 0, numbers);
        }
        if (result.rectified) {
            Loops.rectifiedMaximum(tiles[0], tiles[1], tiles[2], tiles[3], result.bias, tiles[0], numbers);
        } else {
            for (int place = 1; place < geometry.places(); place++) {
                Loops.maximum(tiles[place], tiles[0], numbers);
            }
            Loops.add(result.bias, tiles[0], numbers);
        }
        float[] to = frame.values[result.output];
        int at = first * tileColumns;
        if (channels == result.all) {
            System.arraycopy(tiles[0], 0, to, at * channels, numbers);
        } else {
            for (int tile = 0; tile < count * tileColumns; tile++) {
                int place = (at + tile) * result.all + result.first;
                System.arraycopy(tiles[0], tile * channels, to, place, channels);
            }
        }
    }

    private static void finish(Result result, float[] tile, int count) {
        if (result.rectified) {
            Loops.addRectified(result.bias, tile, count);
        } else {
            Loops.add(result.bias, tile, count);
        }
    }
}
