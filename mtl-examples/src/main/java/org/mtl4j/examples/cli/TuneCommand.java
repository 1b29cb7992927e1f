package org.mtl4j.examples.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.tune.Hyperparameters;
import org.mtl4j.dl4j.tune.Parameter;
import org.mtl4j.dl4j.tune.Search;
import org.mtl4j.dl4j.tune.SearchSpace;
import org.mtl4j.dl4j.tune.TrialResult;
import org.mtl4j.dl4j.tune.Tuner;
import org.mtl4j.faces.FaceBatches;
import org.mtl4j.faces.FaceEvaluation;
import org.mtl4j.faces.PrefetchedFaceBatches;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.report.Report;
import org.mtl4j.report.Section;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.ProgressListener;
import org.mtl4j.train.history.EpochResult;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Searches for settings of a variant. */
@Command(
        name = "tune",
        mixinStandardHelpOptions = true,
        description =
                "Searches for settings of a variant by the mean error of the landmarks on the validation faces, and"
                        + " writes a table and a picture. Called again, it goes on where it was cut off.")
final class TuneCommand extends TrainingCommand {
    @Option(
            names = "--variant",
            paramLabel = "NAME",
            description = "which variant (default: ${DEFAULT-VALUE})",
            defaultValue = "cross-stitch-l2")
    private String variant;

    @Option(
            names = "--search",
            split = ",",
            paramLabel = "NAME",
            description =
                    "what is searched: some of strength (1e-5 to 1e-1), own-share (0.5 to 1), alpha-rate (1, 3, 10,"
                            + " 30),"
                            + " landmark-weight (a tenth to ten times the usual), rate (3e-4 to 3e-3), places (all,"
                            + " convolutions, late,"
                            + " dense), omega (all, early, late); default: all that the variant has. The others are"
                            + " as their options"
                            + " say")
    private List<String> searched;

    @Option(
            names = "--trials",
            description = "number of configurations (default: ${DEFAULT-VALUE})",
            defaultValue = "12")
    private int trials;

    @Option(
            names = "--epochs",
            description = "passes over the faces of those that get to the end (default: ${DEFAULT-VALUE})",
            defaultValue = "9")
    private int epochs;

    @Option(
            names = "--first-epochs",
            paramLabel = "EPOCHS",
            description = "successive halving: after how many the first are given up (default: all go to the end)")
    private Integer firstEpochs;

    @Option(
            names = "--keep",
            paramLabel = "N",
            description = "successive halving: one in N goes on, for N times as long (default: ${DEFAULT-VALUE})",
            defaultValue = "3")
    private int factor;

    @Option(
            names = "--seed",
            description = "of weights and configurations (default: ${DEFAULT-VALUE})",
            defaultValue = "1")
    private long seed;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "where trials and report go (default: ${DEFAULT-VALUE})",
            defaultValue = "tuning")
    private Path out;

    @Override
    public Integer call() throws IOException {
        PrintWriter console = console();
        if (firstEpochs == null) {
            rejectOption("--keep", "it is of successive halving, which --first-epochs turns on");
        }
        checkSharedOptions();
        NetworkVariant chosen = NetworkVariant.of(variant);
        if (chosen == NetworkVariant.ATTRIBUTES) {
            throw usageError("--variant '%s' has no landmarks, which tune goes by".formatted(variant));
        }
        SearchSpace space = space(chosen);
        for (Parameter parameter : space.parameters()) {
            if (!parameter.name().equals("landmark-weight")) { // the middle of what is searched
                rejectOption("--" + parameter.name(), "it is searched; --search names what is, if not all");
            }
        }
        Search search = firstEpochs == null
                ? Search.random(trials, epochs)
                : Search.halving(trials, firstEpochs, epochs, factor);
        TrainingFaces faces = faces();
        RunIdentity identity = identity(faces);
        String what = corpus.describe() + ", " + identity.text();
        console.println(what);
        search.rungs()
                .forEach(
                        rung -> console.printf("round: %s configurations to epoch %s%n", rung.trials(), rung.epochs()));
        console.flush();
        identity.claim(out);
        FaceBatches validation =
                faces.validation().batches().tasks(training.tasks(chosen)).build();
        try (PrefetchedFaceBatches batches = training.batches(faces.training(), training.tasks(chosen), seed)) {
            FitOptions options = training.fit(epochs).withValidation(validation).withListener(new ProgressListener() {
                @Override
                public void onEpoch(EpochResult result) {
                    console.printf("  epoch %s: %s%n", result.epoch() + 1, result.validationLoss());
                    console.flush();
                }
            });
            Tuner tuner = new Tuner(space, search, seed, out).withFitOptions(options);
            List<TrialResult> results = tuner.run(configuration -> model(chosen, configuration), batches, model -> {
                double error = FaceEvaluation.of(model, faces.validation())
                        .landmarks()
                        .orElseThrow()
                        .meanError();
                console.printf(Locale.ROOT, "mean error %.2f %%%n", 100 * error);
                return error;
            });
            TuneReport report = new TuneReport(what, space, results);
            console.print(report.text());
            console.println();
            console.flush();
            report.write(out, reporting.warnings(spec));
            reporting.write(spec, reporting.directory().orElse(out), () -> {
                List<Section> sections = new ArrayList<>(report.sections());
                if (results.get(0).score().isPresent()) {
                    Dl4jModel best =
                            tuner.modelOf(results.get(0), configuration -> model(chosen, configuration), batches);
                    FaceEvaluation evaluation = FaceEvaluation.of(best, faces.validation());
                    sections.addAll(reporting.sections(
                            spec, best, best::predict, faces.validation(), evaluation, corpus.synthetic()));
                }
                return Report.of("Search: " + chosen.title(), what + ".", sections);
            });
        }
        return 0;
    }

    /**
     * This command's part of a {@link RunIdentity}.
     *
     * @param search names of the parameters that are searched
     * @param firstEpochs with successive halving
     * @param keep with successive halving
     */
    private record Identity(
            NetworkVariant variant,
            List<String> search,
            int trials,
            int epochs,
            OptionalInt firstEpochs,
            OptionalInt keep,
            long seed) {}

    @Override
    RunIdentity identity(TrainingFaces faces) {
        NetworkVariant chosen = NetworkVariant.of(variant);
        boolean halving = firstEpochs != null;
        return RunIdentity.of(
                new Identity(
                        chosen,
                        space(chosen).parameters().stream().map(Parameter::name).toList(),
                        trials,
                        epochs,
                        halving ? OptionalInt.of(firstEpochs) : OptionalInt.empty(),
                        halving ? OptionalInt.of(factor) : OptionalInt.empty(),
                        seed),
                training.identity(),
                corpus.identity(),
                faces.identity());
    }

    /** {@return what is searched: what is named, or all that the variant has} */
    private SearchSpace space(NetworkVariant chosen) {
        Map<String, Parameter> known = new LinkedHashMap<>();
        if (chosen.tied()) {
            add(known, Parameter.logUniform("strength", 1e-5, 1e-1));
            add(known, Parameter.choice("omega", "all", "early", "late"));
        }
        if (chosen.stitched()) {
            add(known, Parameter.uniform("own-share", 0.5, 1));
            add(known, Parameter.choice("alpha-rate", 1, 3, 10, 30));
            add(
                    known,
                    training.backbone.endsInVector()
                            ? Parameter.choice("places", "all", "convolutions", "late", "dense")
                            : Parameter.choice("places", "all", "early", "late"));
        }
        if (chosen != NetworkVariant.SINGLE_TASK) {
            add(
                    known,
                    Parameter.logUniform(
                            "landmark-weight", training.landmarkWeight() / 10, training.landmarkWeight() * 10));
        }
        add(known, Parameter.logUniform("rate", 3e-4, 3e-3));
        if (searched == null) {
            return new SearchSpace(new ArrayList<>(known.values()));
        }
        for (String name : searched) {
            if (!known.containsKey(name)) {
                throw usageError(
                        "--search '%s': the variant %s has %s".formatted(name, chosen.option(), known.keySet()));
            }
        }
        return new SearchSpace(searched.stream().map(known::get).toList());
    }

    private static void add(Map<String, Parameter> known, Parameter parameter) {
        known.put(parameter.name(), parameter);
    }

    /** Makes the fresh model of a configuration. */
    private Dl4jModel model(NetworkVariant chosen, Hyperparameters configuration) {
        Backbone backbone = training.backbone;
        MultiTaskNetwork network = chosen.network(training.network(
                number(configuration, "own-share", training.ownShare),
                number(configuration, "alpha-rate", training.alphaRate),
                number(configuration, "landmark-weight", training.landmarkWeight()),
                configuration.values().containsKey("places")
                        ? some(configuration.text("places"), backbone.places())
                        : backbone.places(),
                number(configuration, "strength", training.strength),
                configuration.values().containsKey("omega")
                        ? some(configuration.text("omega"), backbone.tiedLayers())
                        : backbone.tiedLayers()));
        return Dl4jModel.create(network, training.plan(seed, epochs, number(configuration, "rate", training.rate)));
    }

    /** Selects a part of a backbone's places or layers, by its name in the search. */
    private static List<String> some(String part, List<String> all) {
        int count = all.size();
        return switch (part) {
            case "all" -> all;
            case "convolutions" -> all.subList(0, count - 1);
            case "early" -> all.subList(0, (count + 1) / 2);
            case "late" -> all.subList(count / 2, count);
            case "dense" -> all.subList(count - 1, count);
            default -> throw new IllegalArgumentException(part);
        };
    }

    private static double number(Hyperparameters configuration, String name, double otherwise) {
        return configuration.values().containsKey(name) ? configuration.number(name) : otherwise;
    }
}
