package org.mtl4j.dl4j.internal.io;

import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import java.util.zip.ZipInputStream;

/**
 * Reads entries of a zip file that nobody need trust: names, sizes and check sums are looked at. Every message names
 * the file.
 */
final class ModelZip implements AutoCloseable {
    private final ZipFile zip;
    private final String name;

    /**
     * Opens a zip file.
     *
     * @param file of the default file system
     * @param name for messages
     */
    ModelZip(Path file, String name) throws IOException {
        this.zip = new ZipFile(file.toFile());
        this.name = name;
    }

    /**
     * {@return whether a file is no zip file, or one whose entries are not what its directory and their check sums say}
     *
     * @param file of the default file system
     * @throws IOException if it cannot be read
     */
    static boolean isDamaged(Path file) throws IOException {
        try (ModelZip zip = new ModelZip(file, file.toString());
                ZipInputStream entries = new ZipInputStream(Files.newInputStream(file), StandardCharsets.UTF_8)) {
            zip.requireWhole(Long.MAX_VALUE);
            List<String> inDirectory = new ArrayList<>();
            zip.zip.stream().forEach(entry -> inDirectory.add(entry.getName()));
            List<String> inFile = new ArrayList<>();
            for (ZipEntry entry = entries.getNextEntry(); entry != null; entry = entries.getNextEntry()) {
                inFile.add(entry.getName()); // the next call compares the check sum of this one
            }
            return !inDirectory.equals(inFile);
        } catch (DamagedException | ZipException | EOFException | IllegalArgumentException e) {
            return true; // the last one stands for names that are no text
        }
    }

    /** Says that something in a file is not what its check sum says. */
    private static final class DamagedException extends IOException {
        private static final long serialVersionUID = 1L;

        DamagedException(String message) {
            super(message);
        }
    }

    String name() {
        return name;
    }

    boolean has(String entry) {
        return zip.getEntry(entry) != null;
    }

    long entries() {
        return zip.size();
    }

    /** The unpacked bytes of the entries whose names begin so; only after {@link #requireWhole}. */
    long bytesBelow(String prefix) {
        return zip.stream()
                .filter(entry -> entry.getName().startsWith(prefix))
                .mapToLong(ZipEntry::getSize)
                .sum();
    }

    /** Looks whether all entries are known, and none is there twice. */
    void requireEntries(Predicate<String> known, String accepted) throws IOException {
        Set<String> seen = new HashSet<>();
        for (ZipEntry entry : Collections.list(zip.entries())) {
            if (!known.test(entry.getName())) {
                // one kind, preprocessor.bin of Deeplearning4j's, would be read by Java's own deserialisation
                throw new IOException("%s: the entry '%s' does not belong into a model; accepted are %s"
                        .formatted(name, entry.getName(), accepted));
            }
            if (!seen.add(entry.getName())) {
                throw new IOException("%s: damaged: the entry '%s' is there twice".formatted(name, entry.getName()));
            }
        }
    }

    /** Reads everything once: zip files have check sums and sizes, and nobody looks at them otherwise. */
    void requireWhole(long mostBytes) throws IOException {
        byte[] buffer = new byte[1 << 16];
        long left = mostBytes;
        for (ZipEntry entry : Collections.list(zip.entries())) {
            CRC32 sum = new CRC32();
            long size = 0;
            try (InputStream in = zip.getInputStream(entry)) {
                for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                    sum.update(buffer, 0, read);
                    size += read;
                    left -= read;
                    if (left < 0) {
                        throw new IOException("%s: unpacked it is larger than %d bytes, more than its network can need"
                                .formatted(name, mostBytes));
                    }
                }
            }
            if (sum.getValue() != entry.getCrc() || size != entry.getSize()) {
                throw new DamagedException("%s: damaged: entry %s has another check sum or size than it should"
                        .formatted(name, entry.getName()));
            }
        }
    }

    String text(String entryName, int largest) throws IOException {
        try (InputStream in = open(entryName)) {
            byte[] bytes = in.readNBytes(largest + 1);
            if (bytes.length > largest) {
                throw new IOException("%s: entry %s is larger than %d bytes".formatted(name, entryName, largest));
            }
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }

    /** Opens an entry that ends with an exception if it is larger than this. */
    InputStream open(String entryName, long largest) throws IOException {
        return new FilterInputStream(open(entryName)) {
            private long left = largest;

            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] bytes, int from, int count) throws IOException {
                int read = in.read(bytes, from, count);
                left -= Math.max(0, read);
                if (left < 0) {
                    throw new IOException("%s: entry %s is larger than %d bytes".formatted(name, entryName, largest));
                }
                return read;
            }
        };
    }

    InputStream open(String entryName) throws IOException {
        ZipEntry entry = zip.getEntry(entryName);
        if (entry == null) {
            throw new IOException("%s: the entry %s is missing".formatted(name, entryName));
        }
        return zip.getInputStream(entry);
    }

    IOException damaged(String entryName, IOException why) {
        return String.valueOf(why.getMessage()).contains(name)
                ? why
                : new IOException("%s: entry %s is damaged: %s".formatted(name, entryName, why.getMessage()), why);
    }

    @Override
    public void close() throws IOException {
        zip.close();
    }
}
