package org.mtl4j.dl4j.internal.model;

import org.mtl4j.train.batches.AbstractBatches;
import org.mtl4j.train.batches.Batch;
import org.mtl4j.train.batches.EpochSeekable;
import org.mtl4j.train.batches.ListBatches;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;

/** Reads data batch by batch, each looked at by {@link BatchLayout} with its place in the data for messages. */
public final class CheckedBatches {
    /** What {@link #start} gets where no epoch of training reads the data. */
    public static final int NO_EPOCH = -1;

    private final BatchLayout layout;
    private final MultiDataSetIterator data;
    private final String name;
    private final boolean arraysStay;
    private int epoch = NO_EPOCH;
    private int read;

    /** @param name what the data are, such as "validation data" */
    public CheckedBatches(BatchLayout layout, MultiDataSetIterator data, String name) {
        layout.checkEncoding(data, name);
        this.layout = layout;
        this.data = data;
        this.name = name;
        this.arraysStay = arraysStay(data);
    }

    /**
     * Tells whether a source is known to hand out arrays that it does not fill again: one that says so in the words of
     * {@link AbstractBatches#asyncSupported}. What other sources say of themselves is not always meant so.
     */
    private static boolean arraysStay(MultiDataSetIterator data) {
        return data instanceof ListBatches
                || data instanceof AbstractBatches own && own.asyncSupported() && own.getPreProcessor() == null;
    }

    /**
     * Goes to the start of an epoch of the data.
     *
     * @param ofData the epoch of the data
     * @param ofTraining the epoch of training that reads it, counted from 0, or {@link #NO_EPOCH}
     */
    public void start(int ofData, int ofTraining) {
        EpochSeekable.startAt(data, ofData);
        epoch = ofTraining;
        read = 0;
    }

    /** {@return whether there is another batch} */
    public boolean hasNext() {
        return data.hasNext();
    }

    /**
     * {@return the next batch, in the form that the graph wants} Its features may be infinite or NaN, which a step of
     * training notices by its gradients.
     *
     * @throws IllegalArgumentException as of {@link BatchLayout#checked(MultiDataSet, BatchPlace)}
     */
    public MultiDataSet next() {
        return layout.checked(data.next(), place(read++));
    }

    /**
     * {@return the next batch, for measuring on it}
     *
     * @throws IllegalArgumentException as of {@link #next}, or if a feature is not finite: ReLU and pooling can hide it
     */
    public MultiDataSet nextFinite() {
        return unchecked().finite();
    }

    /** {@return the next batch as it is, to be looked at later, on any thread} */
    public Unchecked unchecked() {
        BatchPlace place = place(read++);
        return new Unchecked(data.next(), place);
    }

    /** Has a batch that nobody has looked at. */
    public final class Unchecked {
        private final MultiDataSet batch;
        private final BatchPlace place;

        private Unchecked(MultiDataSet batch, BatchPlace place) {
            this.batch = batch;
            this.place = place;
        }

        /** {@return how many examples it seems to have; 0 without features} */
        public long examples() {
            INDArray[] features = batch.getFeatures();
            return features == null || features.length == 0 || features[0] == null || features[0].rank() == 0
                    ? 0
                    : features[0].size(0);
        }

        /** {@return the same with arrays that stay as they are when the next batch is read} */
        public Unchecked kept() {
            return arraysStay ? this : new Unchecked(Batch.copyOf(batch), place);
        }

        /**
         * {@return the batch, for measuring on it}
         *
         * @throws IllegalArgumentException as of {@link #nextFinite}
         */
        public MultiDataSet finite() {
            MultiDataSet checked = layout.checked(batch, place);
            layout.requireFiniteFeatures(checked, place);
            return checked;
        }
    }

    private BatchPlace place(int number) {
        return epoch < 0 ? BatchPlace.ofPass(name, number) : BatchPlace.ofStep(name, epoch, number);
    }
}
