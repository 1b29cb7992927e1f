package org.mtl4j.examples.stress;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.faces.FaceBatches;
import org.mtl4j.faces.FaceCrop;
import org.mtl4j.faces.FaceCrops;
import org.mtl4j.faces.FaceEvaluation;
import org.mtl4j.faces.FaceTask;
import org.mtl4j.faces.FlipAveraging;
import org.mtl4j.faces.PrefetchedFaceBatches;
import org.mtl4j.layer.Convolution;
import org.mtl4j.layer.GlobalPooling;
import org.mtl4j.layer.Padding;
import org.mtl4j.layer.Pooling;
import org.mtl4j.layer.Shape;
import org.mtl4j.loss.SmoothL1Loss;
import org.mtl4j.loss.WingLoss;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.relatedness.WeightRelatednessRegularizer;
import org.mtl4j.saved.SavedTypes;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.synthetic.SyntheticFaces;
import org.mtl4j.task.Task;
import org.mtl4j.task.TaskKind;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.ArrayBatches;
import org.mtl4j.train.batches.ListBatches;
import org.mtl4j.train.batches.MixedBatches;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.linalg.lossfunctions.impl.LossBinaryXENT;
import org.nd4j.linalg.lossfunctions.impl.LossCosineProximity;
import org.nd4j.linalg.lossfunctions.impl.LossFMeasure;
import org.nd4j.linalg.lossfunctions.impl.LossHinge;
import org.nd4j.linalg.lossfunctions.impl.LossKLD;
import org.nd4j.linalg.lossfunctions.impl.LossL1;
import org.nd4j.linalg.lossfunctions.impl.LossL2;
import org.nd4j.linalg.lossfunctions.impl.LossMAE;
import org.nd4j.linalg.lossfunctions.impl.LossMAPE;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;
import org.nd4j.linalg.lossfunctions.impl.LossMSE;
import org.nd4j.linalg.lossfunctions.impl.LossMSLE;
import org.nd4j.linalg.lossfunctions.impl.LossMixtureDensity;
import org.nd4j.linalg.lossfunctions.impl.LossMultiLabel;
import org.nd4j.linalg.lossfunctions.impl.LossNegativeLogLikelihood;
import org.nd4j.linalg.lossfunctions.impl.LossPoisson;
import org.nd4j.linalg.lossfunctions.impl.LossSparseMCXENT;
import org.nd4j.linalg.lossfunctions.impl.LossSquaredHinge;
import org.nd4j.linalg.lossfunctions.impl.LossWasserstein;

/**
 * Does all that the library can do, over and over, on two threads, while two others make garbage: in a small heap it is
 * collected hundreds of times a second, also under native calls. Arguments: seconds, and the names of the jobs, or none
 * for all; the job "planted", which is done only when it is named, ends the JVM within a minute or so. Whatever uses
 * memory that is gone does that, at best; what is read and predicted is compared, too.
 */
final class StressRun {
    private static final int ROWS = 24;
    private static final int INPUTS = 8;
    private static final int OUTPUTS = 4;
    private static final int ROUNDS = 20;

    private static volatile Object sink;

    private final Random random;
    private final INDArray features;

    private StressRun(long seed) {
        random = new Random(seed);
        features = numbers(ROWS, INPUTS);
    }

    interface Job {
        void run() throws Exception;
    }

    public static void main(String[] arguments) throws Exception {
        long end = System.nanoTime()
                + Duration.ofSeconds(Long.parseLong(arguments[0])).toNanos();
        List<String> names = List.of(arguments).subList(1, arguments.length);
        for (int i = 0; i < 2; i++) {
            Thread garbage = new Thread(StressRun::makeGarbage);
            garbage.setDaemon(true);
            garbage.start();
        }
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Map<String, AtomicLong> runs = new LinkedHashMap<>();
        List<Thread> workers = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            long seed = i;
            jobs(seed, names).keySet().forEach(name -> runs.putIfAbsent(name, new AtomicLong()));
            Thread worker = new Thread(() -> {
                try {
                    while (System.nanoTime() < end && failure.get() == null) {
                        rounds(jobs(seed, names), runs, end);
                    }
                } catch (Exception | Error e) {
                    failure.compareAndSet(null, e);
                }
            });
            worker.start();
            workers.add(worker);
        }
        while (workers.stream().anyMatch(Thread::isAlive)) {
            for (Thread worker : workers) {
                worker.join(30_000);
            }
            System.out.println(LocalTime.now() + " " + collections() + " collections, " + runs);
        }
        if (failure.get() != null) {
            throw new IllegalStateException("failed", failure.get());
        }
        System.out.println("done, " + collections() + " collections");
    }

    static Map<String, Job> jobs(long seed, List<String> names) throws Exception {
        StressRun run = new StressRun(seed);
        Map<String, Job> jobs = run.jobs();
        if (!names.isEmpty()) {
            jobs.put("planted", run::offend);
            jobs.keySet().retainAll(names);
        }
        return jobs;
    }

    /** Does each job a few times; the histories of its models, which have each call, would fill the heap some time. */
    private static void rounds(Map<String, Job> jobs, Map<String, AtomicLong> runs, long end) throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            for (Map.Entry<String, Job> job : jobs.entrySet()) {
                AtomicLong times = runs.get(job.getKey());
                if (System.nanoTime() < end || times.get() == 0) { // each once, however slow the machine is
                    job.getValue().run();
                    times.incrementAndGet();
                }
            }
        }
    }

    /** Half a megabyte each millisecond, the processor is for the work. */
    private static void makeGarbage() {
        while (true) {
            for (int i = 0; i < 128; i++) {
                sink = new byte[4096];
            }
            LockSupport.parkNanos(1_000_000);
        }
    }

    private static long collections() {
        return ManagementFactory.getGarbageCollectorMXBeans().stream()
                .mapToLong(GarbageCollectorMXBean::getCollectionCount)
                .sum();
    }

    private Map<String, Job> jobs() throws Exception {
        Map<String, Job> jobs = new LinkedHashMap<>();
        jobs.put("ArrayBatches", this::readArrays);
        jobs.put("MixedBatches", mixed());
        Job faces = faces();
        losses().forEach((name, loss) -> jobs.put(name, fitLoss(name, loss)));
        jobs.put("dense", fitDense());
        jobs.put("blocks", fitBlocks());
        jobs.put("steps", fitSteps());
        jobs.put("faces", faces);
        return jobs;
    }

    private INDArray numbers(int... shape) {
        INDArray numbers =
                Nd4j.zeros(DataType.FLOAT, Arrays.stream(shape).asLongStream().toArray());
        for (long i = 0; i < numbers.length(); i++) {
            numbers.putScalar(i, random.nextFloat());
        }
        return numbers;
    }

    private INDArray classes(int count) {
        INDArray classes = Nd4j.zeros(DataType.FLOAT, ROWS, count);
        for (int row = 0; row < ROWS; row++) {
            classes.putScalar(row, random.nextInt(count), 1);
        }
        return classes;
    }

    /** Reads arrays whose rows are known, of several shapes and orders, and compares what has been read. */
    private void readArrays() {
        for (INDArray array : List.of(features, features.dup('f'), features.reshape(ROWS, 2, 2, 2))) {
            INDArray labels = Nd4j.zeros(DataType.FLOAT, ROWS, 1);
            for (int row = 0; row < ROWS; row++) {
                labels.putScalar(row, 0, row == 5 ? Float.NaN : row);
            }
            ArrayBatches batches =
                    ArrayBatches.of(array, labels).withBatchSize(7).withShuffling(random.nextLong());
            for (int epoch = 0; epoch < 10; epoch++) {
                while (batches.hasNext()) {
                    org.nd4j.linalg.dataset.api.MultiDataSet batch = batches.next();
                    INDArray read = batch.getFeatures(0);
                    for (int i = 0; i < read.size(0); i++) {
                        float label = batch.getLabels(0).getFloat(i, 0);
                        int row = Float.isNaN(label) ? 5 : (int) label;
                        check(
                                read.slice(i).reshape(INPUTS).getFloat(3) == features.getFloat(row, 3),
                                "row %d was read as another".formatted(row));
                    }
                }
                batches.reset();
            }
            ArrayBatches missing = batches.withNaNAsMissing();
            while (missing.hasNext()) {
                missing.next();
            }
        }
    }

    /** What {@code ArrayBatches} once did, to see that this program can fail. */
    private void offend() {
        for (int i = 0; i < 100; i++) {
            Nd4j.pullRows(features.reshape('c', ROWS, INPUTS), 1, new int[] {0, 3, 7}, 'c');
        }
    }

    private Job mixed() {
        MultiTaskNetwork network = MultiTaskNetwork.builder(Shape.vector(INPUTS))
                .tower("a", SplitHead.of(Task.regression("numbers", OUTPUTS)))
                .tower("b", SplitHead.of(Task.classification("class", 2)))
                .dense("one", 6)
                .stitch(CrossStitchUnit.perChannel())
                .build();
        Dl4jModel model = Dl4jModel.create(network, TrainingPlan.adam(1e-3).withSeed(1));
        INDArray numbers = numbers(ROWS, OUTPUTS);
        INDArray classes = classes(2);
        return () -> {
            MixedBatches batches = MixedBatches.of(network)
                    .with(ArrayBatches.of(features, numbers).withBatchSize(5), "numbers")
                    .with(ArrayBatches.of(features, classes).withBatchSize(7).withShuffling(1), "class");
            model.fit(batches, FitOptions.epochs(1));
        };
    }

    private static Map<String, ILossFunction> losses() {
        INDArray weights = Nd4j.createFromArray(1f, 2f, 3f, 4f);
        Map<String, ILossFunction> losses = new LinkedHashMap<>();
        for (boolean weighted : new boolean[] {false, true}) {
            INDArray w = weighted ? weights : null;
            for (ILossFunction loss : List.of(
                    new LossMSE(w),
                    new LossMAE(w),
                    new LossL2(w),
                    new LossL1(w),
                    new LossMAPE(w),
                    new LossMSLE(w),
                    new LossMCXENT(w),
                    new LossNegativeLogLikelihood(w),
                    new LossSparseMCXENT(w),
                    new LossBinaryXENT(w))) {
                losses.put(loss.getClass().getSimpleName() + (weighted ? " weighted" : ""), loss);
            }
        }
        for (ILossFunction loss : List.of(
                new LossCosineProximity(),
                new LossFMeasure(),
                new LossHinge(),
                new LossSquaredHinge(),
                new LossKLD(),
                LossMixtureDensity.builder().gaussians(1).labelWidth(2).build(),
                new LossMultiLabel(),
                new LossPoisson(),
                new LossWasserstein(),
                new WingLoss(0.1, 0.02),
                new SmoothL1Loss(0.1))) {
            losses.put(loss.getClass().getSimpleName(), loss);
        }
        return losses;
    }

    /** Trains with the loss: without mask, with one by example, and with one by output where that makes sense. */
    private Job fitLoss(String name, ILossFunction loss) {
        boolean classes = name.matches("Loss(MCXENT|NegativeLogLikelihood|KLD|FMeasure).*");
        boolean oneByOne = name.matches("Loss(MSE|MAE|L1|L2|MSLE|BinaryXENT|Hinge|Poisson).*|Wing.*|Smooth.*");
        int outputs = loss instanceof LossFMeasure ? 2 : OUTPUTS;
        Task task = classes
                ? Task.classification("t", outputs).withLoss(loss)
                : name.matches("Loss(BinaryXENT|MultiLabel|Poisson).*")
                        ? Task.multiLabel("t", outputs).withLoss(loss)
                        : Task.regression("t", outputs).withLoss(loss);
        INDArray labels;
        if (loss instanceof LossSparseMCXENT) {
            labels = Nd4j.zeros(DataType.FLOAT, ROWS, 1);
        } else if (loss instanceof LossMixtureDensity) {
            labels = numbers(ROWS, 2);
        } else if (name.matches("Loss(Squared)?Hinge")) {
            labels = classes(outputs).muli(2).subi(1);
        } else {
            labels = task.kind() == TaskKind.REGRESSION ? numbers(ROWS, outputs) : classes(outputs);
        }
        Dl4jModel model = Dl4jModel.create(
                MultiTaskNetwork.builder(Shape.vector(INPUTS))
                        .tower("a", SplitHead.of(task))
                        .dense("one", 5)
                        .build(),
                TrainingPlan.of(new Sgd(1e-9)).withSeed(1));
        INDArray byExample = classes(2).getColumn(0, true);
        List<MultiDataSet> batches = new ArrayList<>();
        batches.add(new MultiDataSet(new INDArray[] {features}, new INDArray[] {labels}));
        batches.add(
                new MultiDataSet(new INDArray[] {features}, new INDArray[] {labels}, null, new INDArray[] {byExample}));
        if (oneByOne) {
            batches.add(new MultiDataSet(
                    new INDArray[] {features}, new INDArray[] {labels}, null, new INDArray[] {classes(outputs)}));
        }
        if (loss instanceof LossFMeasure) {
            batches.remove(1); // it has no score of single examples, which a mask needs
        }
        if (labels.size(1) != outputs) { // refused by fit and losses, not by the graph
            return () -> {
                for (MultiDataSet batch : batches) {
                    model.graph().fit(batch);
                    model.graph().score(batch);
                }
            };
        }
        return () -> {
            model.fit(ListBatches.of(batches), FitOptions.epochs(2));
            model.losses(ListBatches.of(batches));
        };
    }

    private Job fitDense() throws Exception {
        Dl4jModel model = Dl4jModel.create(
                MultiTaskNetwork.builder(Shape.vector(INPUTS))
                        .tower("a", SplitHead.of(Task.regression("numbers", OUTPUTS)))
                        .tower("b", SplitHead.of(Task.classification("class", 3)))
                        .dense("one", 6)
                        .batchNormalization()
                        .stitch(CrossStitchUnit.perChannel())
                        .dense("two", 6)
                        .dropout(0.3)
                        .stitch(CrossStitchUnit.perLayer())
                        .build(),
                TrainingPlan.adam(1e-3).withSeed(1).withL2(1e-3).withGradientClipping(1));
        ArrayBatches batches = ArrayBatches.of(features, numbers(ROWS, OUTPUTS), classes(3))
                .withBatchSize(6)
                .withShuffling(2);
        return () -> all(
                model, batches, FitOptions.epochs(2).withParameterAveraging(0.9).withValidation(batches));
    }

    /** Blocks, all kinds of pooling, and a heat map. */
    private Job fitBlocks() {
        Dl4jModel model = Dl4jModel.create(
                MultiTaskNetwork.builder(Shape.image(1, 8, 8))
                        .tower("a", SplitHead.of(Task.regression("point", 2)))
                        .tower("b", SplitHead.of(Task.classification("class", 3)))
                        .convolution("stem", 3, 3)
                        .residual("block", block -> block.layer(
                                        "conv", Convolution.of(3, 3).withPadding(Padding.SAME))
                                .batchNormalization())
                        .averagePool(2)
                        .stitch(CrossStitchUnit.perChannel())
                        .in("a", tower -> tower.softArgmax())
                        .in("b", tower -> tower.globalAveragePool().dense("fc", 4))
                        .regularize(WeightRelatednessRegularizer.over("stem"))
                        .build(),
                TrainingPlan.adam(1e-3).withSeed(1));
        ArrayBatches batches = ArrayBatches.of(numbers(ROWS, 1, 8, 8), numbers(ROWS, 2), classes(3))
                .withBatchSize(6);
        return () -> all(model, batches, FitOptions.epochs(1));
    }

    /** Sequences, with masks of their steps. */
    private Job fitSteps() {
        List<Dl4jModel> models = new ArrayList<>();
        for (Pooling.Kind kind : Pooling.Kind.values()) {
            models.add(Dl4jModel.create(
                    MultiTaskNetwork.builder(Shape.sequence(2, 5))
                            .tower("a", SplitHead.of(Task.regression("numbers", OUTPUTS)))
                            .layer("pool", new GlobalPooling(kind))
                            .dense("fc", 4)
                            .build(),
                    TrainingPlan.adam(1e-3).withSeed(1)));
        }
        INDArray mask = Nd4j.ones(DataType.FLOAT, ROWS, 5);
        mask.putScalar(0, 4, 0);
        mask.putScalar(3, 2, 0);
        MultiDataSet masked = new MultiDataSet(
                new INDArray[] {numbers(ROWS, 2, 5)},
                new INDArray[] {numbers(ROWS, OUTPUTS)},
                new INDArray[] {mask},
                null);
        return () -> {
            for (Dl4jModel model : models) {
                model.fit(ListBatches.of(masked), FitOptions.epochs(2));
                model.losses(ListBatches.of(masked));
                model.evaluate(ListBatches.of(masked));
                model.predict(masked.getFeatures(0), mask);
            }
        };
    }

    private Job faces() throws Exception {
        FaceCrops crops = SyntheticFaces.corpus(ROWS, 1).crops(FaceCrop.of(16));
        FaceBatches batches = crops.batches()
                .tasks(FaceTask.LANDMARKS, FaceTask.SMILE)
                .batchSize(8)
                .shuffleSeed(1)
                .build();
        Dl4jModel model = Dl4jModel.create(
                MultiTaskNetwork.builder(Shape.image(1, 16, 16))
                        .tower("landmarks", SplitHead.of(FaceTask.LANDMARKS.task()))
                        .tower("smile", SplitHead.of(FaceTask.SMILE.task()))
                        .convolution("c1", 4, 3)
                        .maxPool(2)
                        .stitch(CrossStitchUnit.perChannel())
                        .convolution("c2", 4, 3)
                        .batchNormalization()
                        .stitch(CrossStitchUnit.perChannel())
                        .dense("fc", 8)
                        .build(),
                TrainingPlan.adam(1e-3).withSeed(1));
        return () -> {
            all(model, batches, FitOptions.epochs(1));
            try (PrefetchedFaceBatches ahead = batches.prefetched(2, 2)) {
                model.fit(ahead, FitOptions.epochs(1));
            }
            FaceEvaluation.of(model, crops);
            batches.reset();
            sink = FlipAveraging.of(model::predict).apply(batches.next().getFeatures(0));
        };
    }

    /** Trains, asks, saves and loads; the model that was loaded must answer as the other one. */
    private static void all(Dl4jModel model, MultiDataSetIterator batches, FitOptions options) throws Exception {
        model.fit(batches, options);
        batches.reset();
        model.losses(batches);
        batches.reset();
        model.evaluate(batches);
        model.alphas();
        batches.reset();
        INDArray features = batches.next().getFeatures(0);
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        model.save(file, SavedTypes.none());
        Dl4jModel loaded = Dl4jModel.load(new ByteArrayInputStream(file.toByteArray()), SavedTypes.none());
        for (Task task : model.network().tasks()) {
            check(
                    model.predict(features)
                            .of(task.name())
                            .equals(loaded.predict(features).of(task.name())),
                    "what was loaded predicts something else");
        }
    }

    private static void check(boolean holds, String message) {
        if (!holds) {
            throw new IllegalStateException(message);
        }
    }
}
