package org.mtl4j.train.batches;

import org.mtl4j.data.TableEncoding;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;

/**
 * Gives batches of a table that know by what encoding its rows were encoded. A model that is trained on them keeps the
 * encoding, is saved with it and predicts rows of raw values by it; data of another encoding it refuses.
 */
public interface EncodedBatches extends MultiDataSetIterator {

    /** {@return how rows of the table become features and labels} */
    TableEncoding encoding();
}
