package org.mtl4j.dl4j.internal.io;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntUnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.mtl4j.dl4j.internal.model.EncodingDifferences;
import org.mtl4j.dl4j.internal.model.ModelState;
import org.mtl4j.internal.io.AtomicFile;
import org.mtl4j.internal.io.FileProblem;
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

    /**
     * Looks whether checkpoints can be written: better now than after an epoch.
     *
     * @throws UncheckedIOException if they cannot
     */
    public void requireWritable() {
        try {
            AtomicFile.requireWritableFolder(settings.directory());
        } catch (IOException e) {
            throw new UncheckedIOException("checkpoints: " + FileProblem.of(e), e);
        }
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
            throw new UncheckedIOException("checkpoint after epoch %d: %s".formatted(epochs, FileProblem.of(e)), e);
        }
    }

    /** Writes the model of a run's best epoch so far; older ones that a checkpoint may still need are kept. */
    public void writeBest(ModelState model, int epoch) {
        try {
            ModelFile.write(model, best(epoch), SavedTypes.none(), Optional.empty());
        } catch (IOException e) {
            throw new UncheckedIOException("best model, of epoch %d: %s".formatted(epoch, FileProblem.of(e)), e);
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
                            .formatted(epoch, FileProblem.of(e)),
                    e);
        }
    }

    /**
     * {@return whether there is a model that {@link #writeBest} wrote}
     *
     * @throws UncheckedIOException if there is, and it cannot be read: better now than at the end of the run
     */
    public boolean hasBest(int epoch) {
        try (InputStream in = Files.newInputStream(best(epoch))) {
            return in.read() >= 0;
        } catch (NoSuchFileException e) {
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "the best model of the run, of epoch %d, is there and cannot be read: %s"
                            .formatted(epoch, FileProblem.of(e)),
                    e);
        }
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
                    "old best models in %s: %s".formatted(settings.directory(), FileProblem.of(e)), e);
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
     * {@return the newest checkpoint that is not damaged; empty if there is none, or all are damaged} Damaged ones stay
     * where they are, until the run has come as far and writes good ones in their place.
     *
     * @throws UncheckedIOException if the directory or a checkpoint is there and cannot be read for another reason: for
     *     want of rights, because the disk fails, because it is of a later format or has types that are not known here
     * @throws IllegalArgumentException if it is of another network or plan, a property of both models differs, or it is
     *     not of a run that began with the model as it is
     */
    public Optional<ModelState> newestGood(ModelState model) {
        List<Path> files;
        try {
            files = newestFirst(Integer.MAX_VALUE);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "checkpoints in %s: %s".formatted(settings.directory(), FileProblem.of(e)), e);
        }
        for (Path file : files) {
            Optional<ModelState> read = readUnlessDamaged(file, model);
            if (read.isEmpty()) {
                continue;
            }
            ModelState found = read.get();
            if (!found.network().equals(model.network())) {
                throw other(file, "network", DescriptionDifferences.of(found.network(), model.network()));
            }
            if (!found.plan().equals(model.plan())) {
                throw other(file, "training plan", DescriptionDifferences.of(found.plan(), model.plan()));
            }
            if (found.encoding().isPresent()
                    && model.encoding().isPresent()
                    && !found.encoding().equals(model.encoding())) {
                throw other(
                        file,
                        "encoding of a table",
                        EncodingDifferences.of(
                                found.encoding().get(), model.encoding().get()));
            }
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

    /** {@return the model in a checkpoint; empty, with a warning, if the file is damaged} */
    private Optional<ModelState> readUnlessDamaged(Path file, ModelState model) {
        try {
            try {
                return Optional.of(ModelFile.readOfRun(file, model));
            } catch (IOException e) {
                if (!ModelFile.isDamaged(file)) {
                    throw e;
                }
                log.warn("checkpoint left out, it is damaged: {}", FileProblem.of(e));
                return Optional.empty();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(
                    ("a checkpoint is there and cannot be read: %s. Nothing was trained or deleted;"
                                    + " make it readable, or give another directory for checkpoints")
                            .formatted(FileProblem.of(e)),
                    e);
        }
    }

    private static void requireSame(Path file, String what, String found, String expected) {
        if (!found.equals(expected)) {
            throw other(file, what, "There: %s. Here: %s".formatted(found, expected));
        }
    }

    private static IllegalArgumentException other(Path file, String what, String differences) {
        return new IllegalArgumentException(
                ("%s is of another %s, so the run in its directory is another one; give each run a directory of its"
                                + " own. %s")
                        .formatted(file, what, differences));
    }

    /**
     * A model that has been trained before goes on from its own run only: one that has its epochs, and more. The first
     * thing that happens in a run, after all that has happened to the model, is that it starts.
     */
    private static void requireLater(Path file, ModelState found, ModelState model) {
        boolean later = found.graph().getEpochCount() > model.graph().getEpochCount()
                && beganAfter(model.history().events(), found.history().events())
                && sameEpochs(model.history().epochs(), found.history().epochs());
        if (!later) {
            throw new IllegalArgumentException(
                    ("%s is not of a run that began with this model, which has been trained for %d"
                                    + " epochs; give each run a directory of its own")
                            .formatted(file, model.graph().getEpochCount()));
        }
    }

    /** Compares those that both have: a history keeps the latest epochs only. */
    private static boolean sameEpochs(List<EpochResult> own, List<EpochResult> theirs) {
        Map<Integer, EpochResult> byNumber = new HashMap<>();
        theirs.forEach(result -> byNumber.put(result.epoch(), result));
        for (EpochResult a : own) {
            EpochResult b = byNumber.get(a.epoch());
            if (b != null && (a.iterations() != b.iterations() || Double.compare(a.score(), b.score()) != 0)) {
                return false;
            }
        }
        return true;
    }

    private static boolean beganAfter(List<TrainingEvent> own, List<TrainingEvent> theirs) {
        if (!theirs.isEmpty() && theirs.get(0).kind() == TrainingEvent.Kind.HISTORY_SHORTENED) {
            return true; // what came first is not known any more
        }
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
            if (!continued || Files.notExists(file)) {
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
            throw new UncheckedIOException("options of the run in %s: %s".formatted(file, FileProblem.of(e)), e);
        }
    }

    /** Those after at most so many epochs: later ones than the run's own could not be read when it began. */
    private List<Path> newestFirst(int most) throws IOException {
        if (!settings.directory().getFileSystem().isOpen()) {
            throw new IOException(settings.directory() + ": its file system has been closed");
        }
        try (Stream<Path> files = Files.list(settings.directory())) {
            return files.filter(file -> epochs(file) >= 0 && epochs(file) <= most)
                    .sorted(Comparator.comparingInt(CheckpointFiles::epochs).reversed())
                    .toList();
        } catch (NoSuchFileException | NotDirectoryException e) { // file systems differ in what they say
            if (Files.notExists(settings.directory())) {
                return List.of();
            }
            throw e;
        } catch (UncheckedIOException e) { // while it is listed
            throw e.getCause();
        }
    }

    /** After how many epochs it was written; -1 for other files. */
    private static int epochs(Path file) {
        Matcher name = NAME.matcher(file.getFileName().toString());
        return name.matches() ? Integer.parseInt(name.group(1)) : -1;
    }
}
