package org.mtl4j.spark;

import com.google.common.hash.Hashing;
import com.google.common.io.ByteStreams;
import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.jspecify.annotations.Nullable;
import org.mtl4j.faces.FaceCorpus;
import org.mtl4j.faces.FaceSample;
import org.mtl4j.faces.GeometryCheck;
import org.mtl4j.faces.ImageSource;
import org.mtl4j.image.GrayImage;
import org.mtl4j.image.ImageDecoder;
import org.mtl4j.image.Photo;
import org.mtl4j.mtfl.MtflReader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A folder of faces on any file system that Hadoop knows, {@code hdfs:}, {@code s3a:} and {@code file:} among them:
 * where it is, not what is in it, so that executors can read it for themselves. As from a local folder, lists and
 * images need not be trusted.
 */
public final class HadoopCorpus implements Serializable {
    private static final long serialVersionUID = 1L;
    private static final Logger log = LoggerFactory.getLogger(HadoopCorpus.class);

    /** The lists of a corpus in MTFL's layout, training only: points and attributes, boxes and points. */
    private static final List<String> LISTS = List.of("training.txt", "trainImageList.txt");

    /** The longest list that is fetched; what may be in it is said by {@link MtflReader}. */
    private static final long MOST_BYTES = 64L << 20;

    private final String directory;
    private final @Nullable String list;
    private final GeometryCheck geometryCheck;
    private transient Configuration configuration;

    private HadoopCorpus(
            Configuration configuration, String directory, @Nullable String list, GeometryCheck geometryCheck) {
        this.configuration = configuration;
        this.directory = directory;
        this.list = list;
        this.geometryCheck = geometryCheck;
    }

    /**
     * Names a folder in MTFL's layout: {@code training.txt}, {@code trainImageList.txt} or both, and the images.
     *
     * @param configuration of Hadoop, as {@code JavaSparkContext.hadoopConfiguration()}; is copied where it is sent
     * @param directory a path, with or without a scheme
     */
    public static HadoopCorpus in(Configuration configuration, String directory) {
        return new HadoopCorpus(configuration, directory, null, GeometryCheck.REFUSE);
    }

    /** Takes another list, in MTFL or CUHK form, in place of those of the layout; a path on any file system. */
    public HadoopCorpus withList(String list) {
        return new HadoopCorpus(configuration, directory, list, geometryCheck);
    }

    /**
     * Says whether lists whose points and boxes make no sense as a whole are refused.
     *
     * @param check refused by default
     */
    public HadoopCorpus withGeometryCheck(GeometryCheck check) {
        return new HadoopCorpus(configuration, directory, list, check);
    }

    /** {@return the folder, as it was given} */
    public String directory() {
        return directory;
    }

    /**
     * Reads the lists. Images are read when they are needed, through Hadoop.
     *
     * @return the faces, with boxes, points and attributes as far as lists have them
     * @throws IOException if a list is missing, cannot be read or breaks its form; the message names it
     */
    public FaceCorpus read() throws IOException {
        java.nio.file.Path local = Files.createTempDirectory("mtl-lists");
        try {
            List<java.nio.file.Path> fetched = new ArrayList<>();
            for (Path file : lists()) {
                java.nio.file.Path copy = local.resolve(file.getName());
                try (InputStream in =
                        open(file.getFileSystem(configuration), list == null ? new Path(directory) : null, file)) {
                    Files.write(copy, ByteStreams.limit(in, MOST_BYTES + 1).readAllBytes());
                }
                fetched.add(copy);
            }
            java.nio.file.Path[] more = fetched.stream().skip(1).toArray(java.nio.file.Path[]::new);
            FaceCorpus faces =
                    MtflReader.standard().withGeometryCheck(geometryCheck).read(local, fetched.get(0), more);
            FileSystem files = new Path(directory).getFileSystem(configuration);
            AtomicBoolean lying = new AtomicBoolean();
            return faces.map(face -> through(face, files, local, lying));
        } catch (IOException e) {
            throw new IOException(shown(e.getMessage(), local), e);
        } finally {
            MoreFiles.deleteRecursively(local, RecursiveDeleteOption.ALLOW_INSECURE);
        }
    }

    private List<Path> lists() throws IOException {
        if (list != null) {
            return List.of(new Path(list));
        }
        List<Path> found = new ArrayList<>();
        for (String name : LISTS) {
            Path file = new Path(directory, name);
            if (file.getFileSystem(configuration).exists(file)) {
                found.add(file);
            }
        }
        if (found.isEmpty()) {
            throw new FileNotFoundException("%s: no corpus here, none of %s found in it".formatted(directory, LISTS));
        }
        return found;
    }

    /** Puts the names of the lists that were fetched into a message in place of those of their copies. */
    private String shown(String message, java.nio.file.Path local) {
        Path folder = list == null ? new Path(directory) : new Path(list).getParent();
        return String.valueOf(message).replace(local + java.io.File.separator, folder + "/");
    }

    private FaceSample through(FaceSample face, FileSystem files, java.nio.file.Path local, AtomicBoolean lying) {
        Optional<String> place = face.image().listedAt().map(text -> shown(text, local));
        Path root = new Path(directory);
        Path below = new Path(null, null, face.photo()); // so that what is before a colon is no scheme
        return new FaceSample(
                face.id(),
                new HadoopImage(files, root, new Path(root, below), face.photo(), place, lying),
                face.box(),
                face.landmarks(),
                face.attributes());
    }

    /**
     * Lists every JPEG and PNG file in the folder and the folders below it, without any list: images of which nothing
     * is known.
     *
     * @return in the order of their paths
     * @throws IOException if the folder cannot be read
     */
    public FaceCorpus images() throws IOException {
        Path root = new Path(directory);
        FileSystem files = root.getFileSystem(configuration);
        Path qualified = files.makeQualified(root);
        List<FaceSample> samples = new ArrayList<>();
        AtomicBoolean lying = new AtomicBoolean();
        RemoteIterator<LocatedFileStatus> all = files.listFiles(root, true);
        while (all.hasNext()) {
            Path file = all.next().getPath();
            if (file.getName().toLowerCase(Locale.ROOT).matches(".+\\.(jpe?g|png)")) {
                String id = qualified.toUri().relativize(file.toUri()).getPath();
                samples.add(FaceSample.of(id, new HadoopImage(files, root, file, id, Optional.empty(), lying)));
            }
        }
        samples.sort(Comparator.comparing(FaceSample::id));
        return FaceCorpus.of(samples);
    }

    /**
     * Reads a file that need not be trusted.
     *
     * @param root what it must not lead out of; null for no such folder
     */
    private static InputStream open(FileSystem files, @Nullable Path root, Path file) throws IOException {
        if (files instanceof LocalFileSystem local) {
            java.nio.file.Path found = local.pathToFile(file).toPath();
            if (Files.exists(found)) {
                if (root != null
                        && !found.toRealPath()
                                .startsWith(local.pathToFile(root).toPath().toRealPath())) {
                    throw new IOException("%s: a link leads out of the corpus %s".formatted(file, root));
                }
                if (!Files.isRegularFile(found)) { // reading a pipe would wait for ever
                    throw new IOException("%s: not a regular file".formatted(file));
                }
            }
            return local.getRawFileSystem().open(file); // its checksum files cannot have a colon in their names
        }
        return files.open(file);
    }

    /**
     * Decodes an image that is read through Hadoop each time it is asked for.
     *
     * @param files opened by the thread that read the lists: others may be those of another user of Hadoop
     * @param root the folder of the corpus
     * @param name of the photo: its path below that folder
     * @param lying whether it has been said that an image of this corpus does not lie as it is seen
     */
    private record HadoopImage(
            FileSystem files, Path root, Path file, String name, Optional<String> listedAt, AtomicBoolean lying)
            implements ImageSource {

        @Override
        public Optional<String> photo() {
            return Optional.of(name);
        }

        /** Compares what is read: the photo of several faces, which stand in several lines, is decoded once. */
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof HadoopImage image
                    && file.equals(image.file)
                    && root.equals(image.root)
                    && files.equals(image.files);
        }

        @Override
        public int hashCode() {
            return file.hashCode();
        }

        @Override
        public GrayImage load() throws IOException {
            try (InputStream in = open(files, root, file)) {
                Photo photo = ImageDecoder.standard().photo(in, file.toString());
                if (!photo.orientation().isUpright() && !lying.getAndSet(true)) {
                    log.warn(
                            "{}: by its EXIF data (orientation {}) it is not to be seen as its pixels are stored, and"
                                    + " is taken as they are; others like it are not named",
                            file,
                            photo.orientation().code());
                }
                return photo.image();
            }
        }

        @Override
        public String fingerprint() throws IOException {
            try (InputStream in = open(files, root, file)) {
                return Hashing.sha256()
                        .hashBytes(ImageDecoder.standard().bytes(in, file.toString()))
                        .toString();
            }
        }
    }

    private void writeObject(ObjectOutputStream out) throws IOException {
        out.defaultWriteObject();
        configuration.write(out);
    }

    private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
        in.defaultReadObject();
        configuration = new Configuration(false);
        configuration.readFields(in);
    }

    @Override
    public String toString() {
        return list == null ? directory : "%s by %s".formatted(directory, list);
    }
}
