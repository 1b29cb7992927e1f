package org.mtl4j.spark;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.distributed.Averaging;
import org.mtl4j.faces.FaceCrop;
import org.mtl4j.faces.FaceEvaluation;
import org.mtl4j.faces.FaceTask;
import org.mtl4j.faces.GeometryCheck;
import org.mtl4j.layer.Shape;
import org.mtl4j.metric.ClassificationScore;
import org.mtl4j.metric.MultiLabelScore;
import org.mtl4j.mtfl.ImageFormat;
import org.mtl4j.mtfl.MtflCorpus;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.relatedness.Relatedness;
import org.mtl4j.relatedness.WeightRelatednessRegularizer;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.synthetic.SyntheticFaces;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.ProgressListener;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.history.EpochResult;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Runs {@code spark-submit ... --class org.mtl4j.spark.SparkMain mtl-spark-job.jar COMMAND}; see README.md beside the
 * sources.
 */
@Command(
        name = "mtl-spark",
        description = "Training, evaluation and prediction by the executors of a Spark cluster.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {SparkMain.Sample.class, SparkMain.Train.class, SparkMain.Evaluate.class, SparkMain.Predict.class
        })
public final class SparkMain {
    private SparkMain() {}

    /**
     * Runs a command.
     *
     * @throws IllegalStateException if it fails, so that Spark says so, too
     */
    public static void main(String[] args) {
        int code = new CommandLine(new SparkMain()).execute(args);
        if (code != 0) {
            throw new IllegalStateException("the command ended with code " + code);
        }
    }

    /** Holds what all commands on the cluster need. */
    private abstract static class ClusterCommand implements Callable<Integer> {
        @Spec
        private CommandSpec spec;

        @Option(
                names = "--corpus",
                required = true,
                paramLabel = "PATH",
                description = "a folder in MTFL's layout, on any file system that Hadoop knows")
        private String corpus;

        @Option(names = "--list", paramLabel = "PATH", description = "another list than those of the layout")
        private String list;

        @Option(
                names = "--any-geometry",
                description = "takes faces whose points and boxes make no sense as a whole, with a warning; by default"
                        + " they are refused")
        private boolean anyGeometry;

        @Option(
                names = "--shards",
                paramLabel = "N",
                description = "parts of the work (default: the cores of the cluster when it starts)")
        private Integer shards;

        final HadoopCorpus corpus(JavaSparkContext context) {
            HadoopCorpus folder = HadoopCorpus.in(context.hadoopConfiguration(), corpus)
                    .withGeometryCheck(anyGeometry ? GeometryCheck.WARN : GeometryCheck.REFUSE);
            return list == null ? folder : folder.withList(list);
        }

        final int shards(JavaSparkContext context) {
            return shards == null ? context.defaultParallelism() : shards;
        }

        final List<FaceShard> divide(JavaSparkContext context, Dl4jModel model, int batch, long seed) {
            return FaceShard.divide(
                    corpus(context),
                    shards(context),
                    FaceCrop.fromMap(model.properties()),
                    model.network().tasks().stream().map(FaceTask::of).toList(),
                    batch,
                    seed);
        }

        final PrintWriter out() {
            return spec.commandLine().getOut();
        }

        @Override
        public final Integer call() throws IOException {
            if (shards != null && shards < 1) {
                throw refused("--shards must be at least 1, got " + shards);
            }
            check();
            try (JavaSparkContext context =
                    new JavaSparkContext(new SparkConf().setIfMissing("spark.app.name", spec.qualifiedName()))) {
                run(context, new HadoopFiles(context.hadoopConfiguration()));
            }
            out().flush();
            return 0;
        }

        final ParameterException refused(String message) {
            return new ParameterException(spec.commandLine(), message);
        }

        final boolean listed() {
            return list != null;
        }

        /** Refuses options that do not go together, before a cluster is asked for. */
        void check() {}

        abstract void run(JavaSparkContext context, HadoopFiles files) throws IOException;
    }

    @Command(
            name = "train",
            mixinStandardHelpOptions = true,
            description = "Trains a model further: a fresh one, as sample or Dl4jModel.create makes it, or one that was"
                    + " trained.")
    static final class Train extends ClusterCommand {
        @Option(names = "--model", required = true, paramLabel = "PATH", description = "the model to start from")
        private String model;

        @Option(names = "--out", required = true, paramLabel = "PATH", description = "where the trained model goes")
        private String trained;

        @Option(names = "--epochs", defaultValue = "25", description = "default: ${DEFAULT-VALUE}")
        private int epochs;

        @Option(
                names = "--batch",
                defaultValue = "32",
                description =
                        "faces of one shard in a step; a step has as many for each shard (default: ${DEFAULT-VALUE})")
        private int batch;

        @Option(
                names = "--average-every",
                paramLabel = "STEPS",
                description =
                        "averages parameters after so many steps of each shard (default: gradients, in each step)")
        private Integer averageEvery;

        @Option(names = "--seed", defaultValue = "1", description = "of the order of the faces")
        private long seed;

        @Override
        void run(JavaSparkContext context, HadoopFiles files) throws IOException {
            files.requireWritable(trained);
            Dl4jModel network = files.load(model);
            Averaging averaging = averageEvery == null ? Averaging.gradients() : Averaging.parameters(averageEvery);
            try (SparkWorkers workers = SparkWorkers.of(context, network, divide(context, network, batch, seed))) {
                network.fit(workers, averaging, FitOptions.epochs(epochs).withListener(new ProgressListener() {
                    private long start = System.nanoTime();

                    @Override
                    public void onEpoch(EpochResult result) {
                        double seconds = (System.nanoTime() - start) / 1e9;
                        start = System.nanoTime();
                        out().printf(
                                        Locale.ROOT,
                                        "epoch %d, %d steps, %.1f s: score %.5f, losses %s%n",
                                        result.epoch() + 1,
                                        result.iterations(),
                                        seconds,
                                        result.score(),
                                        result.trainingLoss());
                        out().flush();
                    }
                }));
                files.save(network, trained); // before the workers are let go, which a cluster may fail to do
                out().printf("model: %s%n", trained);
                out().flush();
            }
        }
    }

    @Command(name = "evaluate", mixinStandardHelpOptions = true, description = "Measures a model on a corpus.")
    static final class Evaluate extends ClusterCommand {
        @Option(names = "--model", required = true, paramLabel = "PATH", description = "a model of faces")
        private String model;

        @Override
        void run(JavaSparkContext context, HadoopFiles files) throws IOException {
            Dl4jModel network = files.load(model);
            FaceEvaluation evaluation = SparkEvaluation.of(context, network, divide(context, network, 1, 0));
            evaluation.landmarks().ifPresent(points -> out().printf(
                            Locale.ROOT,
                            "%d faces, mean error %.4f %%, failures %.4f %%%n",
                            points.images(),
                            100 * points.meanError(),
                            100 * points.failureRate()));
            evaluation.remarks().forEach(remark -> out().printf("remark: %s%n", remark));
            evaluation.scores().forEach((task, score) -> {
                if (score instanceof ClassificationScore classes) {
                    print(task, classes);
                } else if (score instanceof MultiLabelScore labels) {
                    for (int i = 0; i < labels.labels().size(); i++) {
                        print(task + ", " + labels.labelNames().get(i), labels.label(i));
                    }
                }
            });
        }

        private void print(String what, ClassificationScore score) {
            out().printf(
                            Locale.ROOT,
                            "%s: %d faces, accuracy %.4f %%, majority class %.4f %%%n",
                            what,
                            score.count(),
                            100 * score.accuracy(),
                            100 * score.majorityBaseline());
        }
    }

    @Command(
            name = "predict",
            mixinStandardHelpOptions = true,
            description = "Asks a model about each face of a corpus, or about each image of a folder.")
    static final class Predict extends ClusterCommand {
        @Option(names = "--model", required = true, paramLabel = "PATH", description = "a model of faces")
        private String model;

        @Option(names = "--whole-images", description = "reads no lists: every image of the folder is a face as it is")
        private boolean wholeImages;

        @Option(
                names = "--out",
                required = true,
                paramLabel = "PATH",
                description = "a folder for the predictions, one line of comma-separated values each")
        private String predictions;

        @Override
        void check() {
            if (wholeImages && listed()) {
                throw refused("--whole-images reads no list, so --list has no meaning beside it");
            }
        }

        @Override
        void run(JavaSparkContext context, HadoopFiles files) throws IOException {
            SparkPrediction.of(context, files.load(model), corpus(context), !wholeImages, shards(context))
                    .map(FacePrediction::toCsv)
                    .saveAsTextFile(predictions);
        }
    }

    @Command(
            name = "sample",
            mixinStandardHelpOptions = true,
            description = "Writes a corpus of drawn faces and a small untrained network, to try the other commands on.")
    static final class Sample implements Callable<Integer> {
        private static final int SIZE = 32;

        @Option(names = "--faces", defaultValue = "400", description = "default: ${DEFAULT-VALUE}")
        private int faces;

        @Option(
                names = "--out",
                required = true,
                paramLabel = "DIR",
                description = "a local folder; gets corpus/ and start.zip")
        private Path out;

        @Override
        public Integer call() throws IOException {
            MtflCorpus.of(SyntheticFaces.corpus(faces, 1)).write(out.resolve("corpus"), ImageFormat.PNG);
            MultiTaskNetwork network = MultiTaskNetwork.builder(Shape.image(1, SIZE, SIZE))
                    .tower("landmarks", SplitHead.of(FaceTask.LANDMARKS.task().withWeight(100)))
                    .tower("attributes", SplitHead.of(FaceTask.GENDER.task(), FaceTask.GLASSES.task()))
                    .convolution("conv1", 8, 5)
                    .maxPool(2)
                    .stitch(CrossStitchUnit.perChannel())
                    .convolution("conv2", 16, 3)
                    .maxPool(2)
                    .stitch(CrossStitchUnit.perChannel())
                    .dense("fc", 32)
                    .stitch(CrossStitchUnit.perLayer())
                    .regularize(WeightRelatednessRegularizer.over("conv1", "conv2", "fc")
                            .withRelatedness(Relatedness.l2Linear())
                            .withStrength(1e-3))
                    .build();
            Dl4jModel model = Dl4jModel.create(network, TrainingPlan.adam(2e-3));
            FaceCrop.of(SIZE).withMargin(0.1).toMap().forEach(model::setProperty);
            model.save(out.resolve("start.zip"));
            return 0;
        }
    }
}
