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
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ops.executioner.OpExecutioner.ExecutionerType;
import org.nd4j.linalg.factory.Nd4j;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries a model to executors as a model file. There it is read once, and all tasks of the executor ask the same one.
 */
final class SentModel implements Serializable {
    private static final long serialVersionUID = 1L;

    private static final Logger log = LoggerFactory.getLogger(SentModel.class);

    /** Closes predictors whose model nobody asks any more. */
    private static final Cleaner CLEANER = Cleaner.create();

    private final byte[] file;
    private final String[] trustedPackages;
    private transient volatile @Nullable Dl4jModel model;
    private transient volatile @Nullable Predictor predictor;
    private transient volatile @Nullable Boolean servedAlike;

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

    /**
     * {@return the predictor to be asked, one for all tasks of the executor, each of which computes on its own thread;
     * null if the model itself is to be asked}
     *
     * @throws IllegalArgumentException if it has to be the predictor, and that one lacks a layer of the model
     */
    @Nullable
    Predictor predictor(Answering answering) {
        if (answering == Answering.MODEL || answering == Answering.PREDICTOR_IF_KNOWN && !isServedAlike()) {
            return null;
        }
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

    /** Tells whether the predictor has all layers, computes as precisely as the model, and where that one does. */
    private boolean isServedAlike() {
        Boolean known = servedAlike;
        if (known == null) {
            synchronized (this) {
                known = servedAlike;
                if (known == null) {
                    known = get().graph().params().dataType() == DataType.FLOAT
                            && Nd4j.getExecutioner().type() == ExecutionerType.NATIVE_CPU
                            && hasPredictor();
                    servedAlike = known;
                }
            }
        }
        return known;
    }

    private boolean hasPredictor() {
        try {
            predictor(Answering.PREDICTOR);
            return true;
        } catch (IllegalArgumentException e) { // a layer that it lacks
            log.info("the model answers in the place of the serving predictor: {}", e.getMessage());
            return false;
        }
    }
}
