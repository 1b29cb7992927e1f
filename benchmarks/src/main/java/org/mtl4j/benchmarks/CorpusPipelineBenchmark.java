package org.mtl4j.benchmarks;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.mtl4j.faces.Augmentation;
import org.mtl4j.faces.FaceBatches;
import org.mtl4j.faces.FaceCorpus;
import org.mtl4j.faces.FaceCrop;
import org.mtl4j.faces.FaceCrops;
import org.mtl4j.faces.FaceTask;
import org.mtl4j.faces.PrefetchedFaceBatches;
import org.mtl4j.mtfl.ImageFormat;
import org.mtl4j.mtfl.MtflCorpus;
import org.mtl4j.synthetic.SyntheticFaces;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Faces per second on the way from files to batches. The faces are drawn, and lie as JPEG files in MTFL's layout in a
 * temporary folder; with {@code -Dmtl.corpus=DIR} (in {@code -jvmArgs}) the first of a corpus are taken instead.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 5)
@Measurement(iterations = 5, time = 5)
@Fork(
        value = 1,
        jvmArgsAppend = {"-Xmx3g", "-XX:+UseSerialGC"})
public class CorpusPipelineBenchmark {
    private static final int FACES = 1024;
    private static final int BATCH = 128;
    private static final List<FaceTask> TASKS =
            List.of(FaceTask.LANDMARKS, FaceTask.GENDER, FaceTask.SMILE, FaceTask.GLASSES, FaceTask.POSE);

    /** Width and height of the crops in pixels. */
    @Param({"39", "60"})
    int size;

    private Path folder;
    private FaceCorpus corpus;
    private FaceBatches cached;
    private FaceBatches augmented;
    private PrefetchedFaceBatches ahead;

    @Setup(Level.Trial)
    public void write() throws IOException {
        String given = System.getProperty("mtl.corpus");
        if (given == null) {
            folder = Files.createTempDirectory("mtl-benchmark");
            MtflCorpus.of(SyntheticFaces.corpus(FACES, 1)).write(folder.resolve("faces"), ImageFormat.JPEG);
            corpus = MtflCorpus.load(folder.resolve("faces")).training();
        } else {
            corpus = MtflCorpus.load(Path.of(given)).training().subset(0, FACES);
        }
        FaceCrop crop = FaceCrop.of(size);
        FaceCrops crops =
                corpus.cropping(crop).augmentation(Augmentation.standard()).cut();
        cached = batches(crops).build();
        augmented = batches(crops).augmentationSeed(1).build();
        ahead = augmented.prefetched();
    }

    private static FaceBatches.Builder batches(FaceCrops crops) {
        return crops.batches().tasks(TASKS).batchSize(BATCH).shuffleSeed(1);
    }

    @TearDown(Level.Trial)
    public void delete() throws IOException {
        ahead.close();
        if (folder != null) {
            MoreFiles.deleteRecursively(folder, RecursiveDeleteOption.ALLOW_INSECURE);
        }
    }

    /** Does what comes before the first epoch: every file is read, decoded and cut out, on all processors. */
    @Benchmark
    @OperationsPerInvocation(FACES)
    public FaceCrops decode() throws IOException {
        return corpus.crops(FaceCrop.of(size));
    }

    /** Does the same, and keeps what augmentation needs of each image. */
    @Benchmark
    @OperationsPerInvocation(FACES)
    public FaceCrops decodeForAugmentation() throws IOException {
        return corpus.cropping(FaceCrop.of(size))
                .augmentation(Augmentation.standard())
                .cut();
    }

    /** Makes a batch without augmentation, on one thread. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public MultiDataSet cached() {
        if (!cached.hasNext()) {
            cached.reset();
        }
        return cached.next();
    }

    /** Makes a batch with augmentation, on one thread. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public MultiDataSet augmented() {
        if (!augmented.hasNext()) {
            augmented.reset();
        }
        return augmented.next();
    }

    /**
     * Takes a batch with augmentation, made ahead by the usual number of threads: how fast they are, as nothing else is
     * done.
     */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public MultiDataSet augmentedAhead() {
        if (!ahead.hasNext()) {
            ahead.reset();
        }
        return ahead.next();
    }
}
