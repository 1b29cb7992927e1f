package org.mtl4j.faces;

import java.io.IOException;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.mtl4j.image.ImageMemoryException;

/**
 * Decodes images on many threads at once, and one that does not fit into memory once more, alone: the others may have
 * filled it. Safe for use by several threads.
 */
final class FaceDecoding {
    /** Held by each that decodes; the writer decodes alone. */
    private final ReadWriteLock lock = new ReentrantReadWriteLock();

    /** Decodes one. */
    @FunctionalInterface
    interface Decoder<T> {
        /** {@return the result, the same each time} */
        T decode() throws IOException;
    }

    /**
     * {@return what a decoder decodes}
     *
     * @throws ImageMemoryException if there is not enough memory for it alone either
     */
    <T> T decode(Decoder<T> decoder) throws IOException {
        lock.readLock().lock();
        try {
            return decoder.decode();
        } catch (ImageMemoryException | OutOfMemoryError e) {
            // alone, below
        } finally {
            lock.readLock().unlock();
        }
        lock.writeLock().lock();
        try {
            return decoder.decode();
        } catch (OutOfMemoryError e) { // of a source that does not say so itself
            throw new ImageMemoryException("it does not fit into Java's memory: %s".formatted(e.getMessage()), e);
        } finally {
            lock.writeLock().unlock();
        }
    }
}
