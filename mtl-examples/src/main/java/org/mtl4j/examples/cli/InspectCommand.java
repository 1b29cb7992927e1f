package org.mtl4j.examples.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.examples.report.EnumName;
import org.mtl4j.faces.FaceAttribute;
import org.mtl4j.faces.FaceLayout;
import org.mtl4j.report.EventText;
import org.mtl4j.task.Task;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.history.EpochResult;
import org.nd4j.linalg.api.ndarray.INDArray;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints what a model is and what decided how it became so. */
@Command(
        name = "inspect",
        mixinStandardHelpOptions = true,
        description = "Prints what a saved model is: its network, and everything that decided how it was trained.")
final class InspectCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "FILE", description = "a model, or a checkpoint of one")
    private Path file;

    @Option(names = "--epochs", description = "prints a line for each epoch, too")
    private boolean epochs;

    @Override
    public Integer call() throws IOException {
        Dl4jModel model = Dl4jModel.load(file);
        PrintWriter out = spec.commandLine().getOut();
        out.print(model.network());
        out.println();
        for (Task task : model.network().tasks()) {
            out.printf(
                    "task %-14s %s, %s outputs, weight %s, %s%n",
                    task.name(), task.kind(), task.outputs(), task.weight(), task.loss());
        }
        model.encoding().ifPresent(encoding -> out.printf("%n%s", TableText.of(encoding)));
        TrainingPlan plan = model.plan();
        out.printf(
                "%nseed %s, %s, l2 %s, gradients clipped at %s%n",
                plan.seed(),
                plan.dataType(),
                plan.l2(),
                plan.maxGradientNorm().isEmpty()
                        ? "nothing"
                        : plan.maxGradientNorm().getAsDouble());
        out.printf("updater %s%n", plan.updater());
        plan.ownUpdaters()
                .forEach((group, updater) -> out.printf("updater of %s: %s%n", EnumName.inWords(group), updater));
        out.println();
        model.properties().forEach((key, value) -> {
            if (!key.startsWith("faces.")) { // said in short below
                out.printf("%s: %s%n", key, value);
            }
        });
        if (model.properties().keySet().stream().anyMatch(key -> key.startsWith("faces."))) {
            out.println(faces(EvaluateCommand.layoutOf(model, file)));
        }
        out.println();
        model.history().events().forEach(event -> out.println(EventText.line(event)));
        if (epochs) {
            model.history().epochs().forEach(result -> out.println(line(result)));
        } else if (!model.history().epochs().isEmpty()) {
            out.println(line(model.history().last()));
        }
        Map<String, INDArray> alphas = model.alphas();
        for (Map.Entry<String, INDArray> unit : alphas.entrySet()) {
            INDArray alpha = unit.getValue();
            out.printf(
                    Locale.ROOT,
                    "alpha after %s: mean of own shares %.3f, of others %.3f, range %.3f to %.3f%n",
                    unit.getKey(),
                    ownShare(alpha),
                    otherShare(alpha),
                    alpha.minNumber().doubleValue(),
                    alpha.maxNumber().doubleValue());
        }
        model.sharing().stream()
                .filter(state -> !alphas.containsKey(state.place()))
                .forEach(state -> out.printf(
                        Locale.ROOT,
                        "unit after %s: %s %s%s, range %s to %s%n",
                        state.place(),
                        state.quantity(),
                        number(state.mean()),
                        state.between().isEmpty() ? "" : " (" + state.between() + ")",
                        number(state.least()),
                        number(state.largest())));
        model.relatedness()
                .forEach(state -> out.printf(
                        Locale.ROOT,
                        "relatedness of %s, %s: %.4g %s%n",
                        state.layer(),
                        state.between(),
                        state.value(),
                        state.coefficients()));
        out.flush();
        return 0;
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.3f", value);
    }

    private static String faces(FaceLayout layout) {
        String points = "faces: %s points".formatted(layout.scheme().size());
        return layout.attributes().isEmpty()
                ? points
                : points + ", attributes "
                        + String.join(
                                ", ",
                                layout.attributes().stream()
                                        .map(FaceAttribute::name)
                                        .toList());
    }

    private static String line(EpochResult result) {
        String weights = result.exampleWeights()
                .map(all -> String.format(
                        Locale.ROOT,
                        ", examples weigh %.4g to %.4g, effective number %.1f of %d",
                        all.least(),
                        all.largest(),
                        all.effective(),
                        all.examples()))
                .orElse("");
        String cosines = result.gradients()
                .filter(gradients -> !gradients.cosines().isEmpty())
                .map(gradients -> gradients.cosines().stream()
                        .map(pair -> String.format(
                                Locale.ROOT,
                                "%s, %s %.3f (%.0f %% of the steps in conflict)",
                                pair.first(),
                                pair.second(),
                                pair.mean(),
                                100 * pair.conflicts()))
                        .collect(Collectors.joining("; ", ", cosines between gradients ", "")))
                .orElse("");
        return losses(result) + weights + cosines;
    }

    private static String losses(EpochResult result) {
        return String.format(
                Locale.ROOT,
                "epoch %d, %d steps: rate %.3g, score %.4f, training %s, validation %s, weights %s",
                result.epoch() + 1,
                result.iterations(),
                result.learningRate(),
                result.score(),
                shortened(result.trainingLoss()),
                shortened(result.validationLoss()),
                shortened(result.lossWeights()));
    }

    private static String shortened(Map<String, Double> values) {
        return values.entrySet().stream()
                .map(entry -> String.format(Locale.ROOT, "%s %.4g", entry.getKey(), entry.getValue()))
                .toList()
                .toString();
    }

    /** {@return the mean of α[t, t] over towers and channels} */
    private static double ownShare(INDArray alpha) {
        return diagonal(alpha) / (alpha.size(0) * channels(alpha));
    }

    private static double otherShare(INDArray alpha) {
        long towers = alpha.size(0);
        return (alpha.sumNumber().doubleValue() - diagonal(alpha)) / (towers * (towers - 1) * channels(alpha));
    }

    private static long channels(INDArray alpha) {
        return alpha.rank() == 3 ? alpha.size(2) : 1;
    }

    private static double diagonal(INDArray alpha) {
        double sum = 0;
        for (long t = 0; t < alpha.size(0); t++) {
            for (long c = 0; c < channels(alpha); c++) {
                sum += alpha.rank() == 3 ? alpha.getDouble(t, t, c) : alpha.getDouble(t, t);
            }
        }
        return sum;
    }
}
