package org.mtl4j.sparkml;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.lang.ref.Cleaner;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.saved.SavedTypes;
import org.mtl4j.serving.Predictor;
import org.mtl4j.serving.PredictorOptions;

/**
 * Carries a model to executors as a model file. There it is read once, and all tasks of the executor ask the same one.
 */
final class SentModel implements Serializable {
    private static final long serialVersionUID = 1L;

    /** Closes predictors whose model nobody asks any more. */
    private static final Cleaner CLEANER = Cleaner.create();

    private final byte[] file;
    private final String[] trustedPackages;
    private transient volatile @Nullable Dl4jModel model;
    private transient volatile @Nullable Predictor predictor;

    private SentModel(byte[] file, String[] trustedPackages) {
        this.file = file;
        this.trustedPackages = trustedPackages;
    }

    static SentModel of(Dl4jModel model, String... trustedPackages) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        model.save(out, SavedTypes.none());
        return new SentModel(out.toByteArray(), trustedPackages.clone());
    }

    Dl4jModel get() {
        Dl4jModel known = model;
        if (known == null) {
            synchronized (this) {
                known = model;
                if (known == null) {
                    try {
                        known = Dl4jModel.load(
                                new ByteArrayInputStream(file),
                                SavedTypes.none().trusting(trustedPackages));
                    } catch (IOException e) {
                        throw new UncheckedIOException(e.getMessage(), e);
                    }
                    model = known;
                }
            }
        }
        return known;
    }

    /** One for all tasks of the executor, each of which computes on its own thread. */
    Predictor predictor() {
        Predictor known = predictor;
        if (known == null) {
            synchronized (this) {
                known = predictor;
                if (known == null) {
                    known = get().predictor(PredictorOptions.standard().withThreads(1));
                    CLEANER.register(this, known::close);
                    predictor = known;
                }
            }
        }
        return known;
    }
}
