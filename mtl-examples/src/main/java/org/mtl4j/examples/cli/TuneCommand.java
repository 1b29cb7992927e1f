package org.mtl4j.examples.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.tune.Configuration;
import org.mtl4j.dl4j.tune.Search;
import org.mtl4j.dl4j.tune.SearchSpace;
import org.mtl4j.dl4j.tune.SearchSpace.Parameter;
import org.mtl4j.dl4j.tune.TrialResult;
import org.mtl4j.dl4j.tune.Tuner;
import org.mtl4j.examples.report.Report;
import org.mtl4j.examples.report.Section;
import org.mtl4j.faces.FaceBatches;
import org.mtl4j.faces.FaceCorpus;
import org.mtl4j.faces.FaceCrop;
import org.mtl4j.faces.FaceCrops;
import org.mtl4j.faces.FaceEvaluation;
import org.mtl4j.faces.FaceTask;
import org.mtl4j.faces.PrefetchedFaceBatches;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.ProgressListener;
import org.mtl4j.train.history.EpochResult;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Searches for settings of a variant. */
@Command(
        name = "tune",
        mixinStandardHelpOptions = true,
        description =
                "Searches for settings of a variant by the mean error of the landmarks on the validation faces, and"
                        + " writes a table and a picture. Called again, it goes on where it was cut off.")
final class TuneCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private TrainingSettings settings;

    @Mixin
    private CorpusOptions corpus;

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
                    "what is searched: some of strength (1e-5 to 1e-1), own-share (0.5 to 1), alpha-rate (1, 3, 10, 30),"
                            + " landmark-weight (a tenth to ten times the usual), rate (3e-4 to 3e-3), places (all, convolutions, late,"
                            + " dense), omega (all, early, late); default: all that the variant has. The others are as their options"
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

    @Mixin
    private ReportOptions reporting;

    @Override
    public Integer call() throws IOException {
        PrintWriter console = spec.commandLine().getOut();
        if (firstEpochs == null && spec.commandLine().getParseResult().hasMatchedOption("--keep")) {
            throw new ParameterException(
                    spec.commandLine(), "--keep is of successive halving, which --first-epochs turns on");
        }
        corpus.check(spec);
        settings.check(spec);
        Variant chosen = Variant.of(variant);
        if (!chosen.tasks().contains(FaceTask.LANDMARKS)) {
            throw new ParameterException(
                    spec.commandLine(), "--variant '%s' has no landmarks, which tune goes by".formatted(variant));
        }
        SearchSpace space = space(chosen);
        for (Parameter parameter : space.parameters()) {
            if (!parameter.name().equals("landmark-weight")) { // the middle of what is searched
                TrainingSettings.refuse(
                        spec, "--" + parameter.name(), "it is searched; --search names what is, if not all");
            }
        }
        Search search = firstEpochs == null
                ? Search.random(trials, epochs)
                : Search.halving(trials, firstEpochs, epochs, factor);
        FaceCorpus.Split split = corpus.splitToMeasure(settings.broken.reader(), spec);
        FaceCrop crop = settings.crop();
        FaceCrops training = settings.training(split.training(), crop);
        FaceCrops validating = settings.validating(split.validation(), crop);
        settings.broken.print(console);
        String what =
                "%s, %s, %d training and %d validation faces (SHA-256 %s and %s), split seed %d, seed %d, up to %d epochs, %s"
                        .formatted(
                                chosen.title(),
                                corpus.describe(),
                                training.size(),
                                validating.size(),
                                training.fingerprint().substring(0, 12),
                                validating.fingerprint().substring(0, 12),
                                corpus.splitSeed(),
                                seed,
                                epochs,
                                settings.describe());
        console.println(what);
        search.rungs()
                .forEach(
                        rung -> console.printf("round: %d configurations to epoch %d%n", rung.trials(), rung.epochs()));
        console.flush();
        Claim.of(out, what);
        List<TrialResult> results;
        Dl4jModel best;
        FaceBatches held = validating.batches().tasks(chosen.tasks()).build();
        try (PrefetchedFaceBatches batches = settings.batches(training, chosen.tasks(), seed)) {
            FitOptions options = settings.fit(epochs).validatedOn(held).reportingTo(new ProgressListener() {
                @Override
                public void onEpoch(EpochResult result) {
                    console.printf("  epoch %d: %s%n", result.epoch() + 1, result.validationLoss());
                    console.flush();
                }
            });
            Tuner tuner = new Tuner(space, search, seed, out).fittedWith(options);
            results = tuner.run(configuration -> model(chosen, configuration), batches, model -> {
                double error = FaceEvaluation.of(model, validating)
                        .landmarks()
                        .orElseThrow()
                        .meanError();
                console.printf("mean error %.2f %%%n", 100 * error);
                return error;
            });
            best = results.get(0).score().isEmpty()
                    ? null
                    : tuner.modelOf(results.get(0), configuration -> model(chosen, configuration), batches);
        }
        TuneReport report = new TuneReport(what, space, results);
        report.write(out);
        console.print(report.text());
        console.println();
        List<Section> sections = new ArrayList<>(report.sections());
        if (best != null) {
            FaceEvaluation evaluation = FaceEvaluation.of(best, validating);
            sections.addAll(reporting.sections(spec, best, best::predict, validating, evaluation, corpus.synthetic()));
        }
        reporting.write(spec, reporting.directory(out), Report.of("Search: " + chosen.title(), what + ".", sections));
        return 0;
    }

    private SearchSpace space(Variant chosen) {
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
                    settings.backbone.endsInVector()
                            ? Parameter.choice("places", "all", "convolutions", "late", "dense")
                            : Parameter.choice("places", "all", "early", "late"));
        }
        if (chosen != Variant.SINGLE_TASK) {
            add(
                    known,
                    Parameter.logUniform(
                            "landmark-weight", settings.landmarkWeight() / 10, settings.landmarkWeight() * 10));
        }
        add(known, Parameter.logUniform("rate", 3e-4, 3e-3));
        if (searched == null) {
            return new SearchSpace(new ArrayList<>(known.values()));
        }
        for (String name : searched) {
            if (!known.containsKey(name)) {
                throw new ParameterException(
                        spec.commandLine(),
                        "--search '%s': the variant %s has %s".formatted(name, chosen.option(), known.keySet()));
            }
        }
        return new SearchSpace(searched.stream().map(known::get).toList());
    }

    private static void add(Map<String, Parameter> known, Parameter parameter) {
        known.put(parameter.name(), parameter);
    }

    private Dl4jModel model(Variant chosen, Configuration configuration) {
        Backbone backbone = settings.backbone;
        MultiTaskNetwork network = chosen.network(settings.network(
                number(configuration, "own-share", settings.ownShare),
                number(configuration, "alpha-rate", settings.alphaRate),
                number(configuration, "landmark-weight", settings.landmarkWeight()),
                configuration.values().containsKey("places")
                        ? some(configuration.text("places"), backbone.places())
                        : backbone.places(),
                number(configuration, "strength", settings.strength),
                configuration.values().containsKey("omega")
                        ? some(configuration.text("omega"), backbone.omega())
                        : backbone.omega()));
        return Dl4jModel.create(network, settings.plan(seed, epochs, number(configuration, "rate", settings.rate)));
    }

    /** A part of a backbone's places or layers, by its name in the search. */
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

    private static double number(Configuration configuration, String name, double otherwise) {
        return configuration.values().containsKey(name) ? configuration.number(name) : otherwise;
    }
}
