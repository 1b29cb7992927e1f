package org.mtl4j.dl4j.internal.io;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.IntUnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.mtl4j.dl4j.internal.model.ModelState;
import org.mtl4j.internal.io.AtomicFile;
import org.mtl4j.internal.io.RunDirectory;
import org.mtl4j.saved.SavedTypes;
import org.mtl4j.train.Checkpoints;
import org.mtl4j.train.history.EpochResult;
import org.mtl4j.train.history.TrainingEvent;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps the checkpoints of a run: model files called {@code checkpoint-EPOCHS.zip}. */
public final class CheckpointFiles {
    private static final Logger log = LoggerFactory.getLogger(CheckpointFiles.class);
    private static final Pattern BEST = Pattern.compile("best-([0-9]{6,9})\\.zip");
    private static final Pattern NAME = Pattern.compile("checkpoint-([0-9]{6,9})\\.zip");

    /** The options of the run that the directory belongs to. */
    private static final String OPTIONS = "options.json";

    private final Checkpoints settings;

    public CheckpointFiles(Checkpoints settings) {
        this.settings = settings;
    }

    /** {@return whether there is one to be written after so many epochs} */
    public boolean due(int epochs, int lastEpoch) {
        return epochs == lastEpoch || epochs % settings.everyEpochs() == 0;
    }

    public void write(ModelState model, int epochs) {
        try {
            ModelFile.write(
                    model,
                    settings.directory().resolve(file("checkpoint", epochs)),
                    SavedTypes.none(),
                    model.average());
            List<Path> ours = newestFirst(epochs);
            for (Path old : ours.subList(Math.min(ours.size(), settings.kept()), ours.size())) {
                Files.deleteIfExists(old);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("checkpoint after epoch %d: %s".formatted(epochs, e.getMessage()), e);
        }
    }

    /** Writes the model of a run's best epoch so far; older ones that a checkpoint may still need are kept. */
    public void writeBest(ModelState model, int epoch) {
        try {
            ModelFile.write(model, best(epoch), SavedTypes.none(), Optional.empty());
        } catch (IOException e) {
            throw new UncheckedIOException("best model, of epoch %d: %s".formatted(epoch, e.getMessage()), e);
        }
    }

    /**
     * {@return the model that {@link #writeBest} wrote}
     *
     * @param model that is trained
     */
    public ModelState readBest(int epoch, ModelState model) {
        try {
            return ModelFile.readOfRun(best(epoch), model);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "the best model of the run, of epoch %d, is to be kept, but it cannot be read: %s"
                            .formatted(epoch, e.getMessage()),
                    e);
        }
    }

    public boolean hasBest(int epoch) {
        return Files.exists(best(epoch));
    }

    /**
     * Deletes best models that no checkpoint needs any more.
     *
     * @param epochs of the run so far
     * @param bestAfter the epoch, in the life of the model from 0, that was best after so many epochs of the run
     */
    public void forgetOlderBest(int epochs, IntUnaryOperator bestAfter) {
        try {
            List<Path> checkpoints = newestFirst(epochs);
            int oldest = checkpoints.isEmpty() ? 0 : epochs(checkpoints.get(checkpoints.size() - 1));
            if (oldest < 1) {
                return;
            }
            int needed = bestAfter.applyAsInt(oldest);
            try (Stream<Path> files = Files.list(settings.directory())) {
                for (Path file : files.toList()) {
                    Matcher name = BEST.matcher(file.getFileName().toString());
                    if (name.matches() && Integer.parseInt(name.group(1)) < needed) {
                        Files.deleteIfExists(file);
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "old best models in %s: %s".formatted(settings.directory(), e.getMessage()), e);
        }
    }

    /** With the digits that are looked for, whatever those of the user's language are. */
    private static String file(String kind, int epoch) {
        return String.format(Locale.ROOT, "%s-%06d.zip", kind, epoch);
    }

    private Path best(int epoch) {
        return settings.directory().resolve(file("best", epoch));
    }

    /**
     * {@return the newest checkpoint that can be read}
     *
     * @throws IllegalArgumentException if it is of another network or plan, a property of both models differs, or it is
     *     not of a run that began with the model as it is
     */
    public Optional<ModelState> newestGood(ModelState model) {
        List<Path> files;
        try {
            files = newestFirst(Integer.MAX_VALUE);
        } catch (IOException e) {
            throw new UncheckedIOException("checkpoints in %s: %s".formatted(settings.directory(), e.getMessage()), e);
        }
        for (Path file : files) {
            ModelState found;
            try {
                found = ModelFile.readOfRun(file, model);
            } catch (IOException e) {
                log.warn("checkpoint left out, it cannot be read: {}", e.getMessage());
                continue;
            }
            requireSame(file, "network", found.network(), model.network());
            requireSame(file, "training plan", found.plan(), model.plan());
            found.properties().forEach((key, value) -> {
                if (model.properties().containsKey(key)) {
                    requireSame(file, "'" + key + "'", value, model.properties().get(key));
                }
            });
            requireLater(file, found, model);
            log.info("training goes on from {}", file);
            return Optional.of(found);
        }
        return Optional.empty();
    }

    private static void requireSame(Path file, String what, Object found, Object expected) {
        if (!found.equals(expected)) {
            throw new IllegalArgumentException(
                    ("%s is of another %s, so the run in its directory is another one; give each run a directory of its"
                                    + " own. There: %s. Here: %s")
                            .formatted(file, what, found, expected));
        }
    }

    /**
     * A model that has been trained before goes on from its own run only: one that has its epochs, and more. The first
     * thing that happens in a run, after all that has happened to the model, is that it starts.
     */
    private static void requireLater(Path file, ModelState found, ModelState model) {
        List<EpochResult> own = model.history().epochs();
        List<EpochResult> theirs = found.history().epochs();
        boolean later = theirs.size() > own.size()
                && beganAfter(model.history().events(), found.history().events());
        for (int i = 0; later && i < own.size(); i++) {
            later = own.get(i).iterations() == theirs.get(i).iterations()
                    && Double.compare(own.get(i).score(), theirs.get(i).score()) == 0;
        }
        if (!later) {
            throw new IllegalArgumentException(
                    ("%s is not of a run that began with this model, which has been trained for %d"
                                    + " epochs; give each run a directory of its own")
                            .formatted(file, own.size()));
        }
    }

    private static boolean beganAfter(List<TrainingEvent> own, List<TrainingEvent> theirs) {
        return theirs.isEmpty() // written before runs were noted
                ? own.isEmpty()
                : theirs.size() > own.size()
                        && sameEvents(own, theirs.subList(0, own.size()))
                        && theirs.get(own.size()).kind() == TrainingEvent.Kind.RUN_STARTED;
    }

    /** Compares what happened to what, and when; the texts are for people. */
    private static boolean sameEvents(List<TrainingEvent> own, List<TrainingEvent> theirs) {
        for (int i = 0; i < own.size(); i++) {
            TrainingEvent a = own.get(i);
            TrainingEvent b = theirs.get(i);
            if (a.epoch() != b.epoch() || a.kind() != b.kind() || !a.subject().equals(b.subject())) {
                return false;
            }
        }
        return true;
    }

    /**
     * Writes into the directory which options its run has, or compares those that were written there.
     *
     * @param options JSON of all that decides the result, {@link org.mtl4j.train.FitIdentity#toJson}, but for the
     *     number of epochs, which a run that goes on may raise
     * @param continued whether the run goes on from a checkpoint; otherwise a file that is there is of a run that came
     *     to none
     * @throws IllegalArgumentException if they differ; the message has each option that does, with both values
     */
    public void claim(String options, boolean continued) {
        Path file = settings.directory().resolve(OPTIONS);
        try {
            if (!continued || !Files.exists(file)) {
                AtomicFile.write(file, options);
                return;
            }
            List<String> differences = RunDirectory.differences(file, options);
            if (!differences.isEmpty()) {
                throw new IllegalArgumentException(
                        ("%s: the run in this directory has other options; give each run a directory of"
                                        + " its own. What differs: %s")
                                .formatted(file, String.join("; ", differences)));
            }
        } catch (IOException e) {
            throw new UncheckedIOException("options of the run in %s: %s".formatted(file, e.getMessage()), e);
        }
    }

    /** Those after at most so many epochs: later ones than the run's own could not be read when it began. */
    private List<Path> newestFirst(int most) throws IOException {
        if (!Files.isDirectory(settings.directory())) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(settings.directory())) {
            return files.filter(file -> epochs(file) >= 0 && epochs(file) <= most)
                    .sorted(Comparator.comparingInt(CheckpointFiles::epochs).reversed())
                    .toList();
        }
    }

    /** After how many epochs it was written; -1 for other files. */
    private static int epochs(Path file) {
        Matcher name = NAME.matcher(file.getFileName().toString());
        return name.matches() ? Integer.parseInt(name.group(1)) : -1;
    }
}
