package org.mtl4j.dl4j.internal.cpu.prepared;

/** Has the memory of one call: the values of a block of examples, and what steps work in. For one thread at a time. */
final class Frame {
    /** By slot the numbers of a block of examples. */
    final float[][] values;

    final Staging staging;

    /** Arrays that a step may use while it runs. */
    final float[][] tiles;

    Frame(int[] sizes, Products products, Needs needs) {
        values = new float[sizes.length][];
        for (int i = 0; i < sizes.length; i++) {
            values[i] = new float[sizes[i]];
        }
        staging = Staging.of(products, Math.max(1, needs.rows), Math.max(1, needs.results));
        tiles = new float[needs.tiles][needs.tile];
    }

    private Frame(float[][] values, Staging staging, float[][] tiles) {
        this.values = values;
        this.staging = staging;
        this.tiles = tiles;
    }

    /** Gives the same frame with these arrays for its slots. */
    Frame withValues(float[][] bySlot) {
        return new Frame(bySlot, staging, tiles);
    }

    /** The most that any step works in. */
    static final class Needs {
        private int rows;
        private int results;
        private int tiles;
        private int tile;

        void stage(int ofRows, int ofResults) {
            rows = Math.max(rows, ofRows);
            results = Math.max(results, ofResults);
        }

        void tile(int count, int size) {
            tiles = Math.max(tiles, count);
            tile = Math.max(tile, size);
        }
    }
}
