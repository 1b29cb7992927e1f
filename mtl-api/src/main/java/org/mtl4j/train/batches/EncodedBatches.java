package org.mtl4j.train.batches;

import java.util.Optional;
import org.mtl4j.data.TableEncoding;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;

/**
 * Gives batches of a table that know by what encoding its rows were encoded. A model that is trained on them keeps the
 * encoding, is saved with it and predicts rows of raw values by it; data of another encoding it refuses.
 */
public interface EncodedBatches extends MultiDataSetIterator {

    /** {@return how rows of the table become features and labels} */
    TableEncoding encoding();

    /**
     * {@return the encoding of data, {@linkplain MixedBatches mixed} ones of tables included, with the labels of all;
     * empty if none of them knows one}
     *
     * @throws IllegalArgumentException if two of the mixed tables are encoded otherwise
     */
    static Optional<TableEncoding> encodingOf(MultiDataSetIterator data) {
        if (data instanceof EncodedBatches table) {
            return Optional.of(table.encoding());
        }
        return data instanceof MixedBatches mixed ? mixed.encoding() : Optional.empty();
    }
}
