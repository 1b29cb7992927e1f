package org.mtl4j.dl4j.distributed;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.ObjectStreamClass;
import java.io.Serializable;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
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

    // bytes alone travel, which any serialiser knows; what is transient is made where it is asked for, as not all of
    // them call a constructor or readObject
    private final byte[] file;
    private final byte[] writtenTypes;
    private transient @Nullable SavedTypes types;
    private transient @Nullable ConcurrentLinkedQueue<MultiTaskModel> unused;

    private ModelCopies(byte[] file, SavedTypes types) throws IOException {
        this.file = file;
        this.types = types;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(types);
        }
        this.writtenTypes = bytes.toByteArray();
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
        ConcurrentLinkedQueue<MultiTaskModel> copies = unused();
        MultiTaskModel copy = copies.poll();
        if (copy == null) {
            BackendCheck.require();
            copy = new GraphModel(ModelFile.read(new ByteArrayInputStream(file), types()));
        }
        R result = work.with(copy);
        copies.add(copy); // not after an exception, which may have left anything
        return result;
    }

    private synchronized ConcurrentLinkedQueue<MultiTaskModel> unused() {
        if (unused == null) {
            unused = new ConcurrentLinkedQueue<>();
        }
        return unused;
    }

    private synchronized SavedTypes types() throws IOException {
        if (types == null) {
            try (ObjectInputStream in = new InContext(new ByteArrayInputStream(writtenTypes))) {
                types = (SavedTypes) in.readObject();
            } catch (ClassNotFoundException e) {
                throw new IOException("a type of the model is not known here: " + e.getMessage(), e);
            }
        }
        return types;
    }

    /** Finds classes as the thread does: a cluster loads those of a job by a loader of its own. */
    private static final class InContext extends ObjectInputStream {
        InContext(InputStream in) throws IOException {
            super(in);
        }

        @Override
        protected Class<?> resolveClass(ObjectStreamClass type) throws IOException, ClassNotFoundException {
            try {
                return Class.forName(
                        type.getName(), false, Thread.currentThread().getContextClassLoader());
            } catch (ClassNotFoundException e) {
                return super.resolveClass(type); // of a primitive type, or of a thread without a loader
            }
        }
    }
}
