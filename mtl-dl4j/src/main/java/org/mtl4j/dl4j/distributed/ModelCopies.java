package org.mtl4j.dl4j.distributed;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.Serializable;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.mtl4j.dl4j.internal.fit.GraphModel;
import org.mtl4j.dl4j.internal.io.ModelFile;
import org.mtl4j.dl4j.internal.layer.HandedOverClasses;
import org.mtl4j.dl4j.internal.model.BackendCheck;
import org.mtl4j.saved.SavedTypes;
import org.mtl4j.train.MultiTaskModel;

/**
 * Sends a model to other processes: there, as many copies are made as are used at the same time, and kept for the next
 * user. Safe for use by several threads.
 *
 * <p>It travels as a model file. Where it arrives it is read as every model file is: see {@code Dl4jModel.load} about
 * packages to be trusted.
 */
public final class ModelCopies implements Serializable {
    private static final long serialVersionUID = 1L;

    private final byte[] file;
    private final SavedTypes types;
    private transient ConcurrentLinkedQueue<MultiTaskModel> unused = new ConcurrentLinkedQueue<>();

    private ModelCopies(byte[] file, SavedTypes types) {
        this.file = file;
        this.types = types;
    }

    /**
     * {@return copies of a model as it is now, types of your own by their classes}
     *
     * @param model one that {@code Dl4jModel} has made or read
     * @param trustedPackages as of {@code Dl4jModel.load}
     * @throws IOException if the model cannot be written
     */
    public static ModelCopies of(MultiTaskModel model, String... trustedPackages) throws IOException {
        return of(model, SavedTypes.none().trusting(trustedPackages));
    }

    /**
     * {@return copies of a model as it is now}
     *
     * @param model one that {@code Dl4jModel} has made or read
     * @param types as of {@code Dl4jModel.load}
     * @throws IOException if the model cannot be written
     */
    public static ModelCopies of(MultiTaskModel model, SavedTypes types) throws IOException {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        model.save(file, types);
        SavedTypes here = types.loader().isPresent()
                ? types
                : types.withLoader(HandedOverClasses.of(model.network(), model.plan()));
        return new ModelCopies(file.toByteArray(), here);
    }

    /**
     * Does something with a copy.
     *
     * @param <R> what comes out
     */
    @FunctionalInterface
    public interface Use<R> {
        /** Does it; the copy is nobody else's meanwhile. */
        R with(MultiTaskModel copy) throws IOException;
    }

    /**
     * Does something with a copy that nobody else uses meanwhile. What is changed in a copy stays changed.
     *
     * @throws IOException if the work throws it, or there is no room for a temporary file
     */
    public <R> R use(Use<R> work) throws IOException {
        MultiTaskModel copy = unused.poll();
        if (copy == null) {
            copy = read();
        }
        R result = work.with(copy);
        unused.add(copy); // not after an exception, which may have left anything
        return result;
    }

    private MultiTaskModel read() throws IOException {
        BackendCheck.require();
        return new GraphModel(ModelFile.read(new ByteArrayInputStream(file), types));
    }

    private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
        in.defaultReadObject();
        unused = new ConcurrentLinkedQueue<>();
    }
}
