package org.mtl4j.train;

import java.nio.file.Path;
import java.util.Objects;
import org.mtl4j.internal.check.Check;
import org.mtl4j.train.batches.EpochSeekable;

/**
 * Where and how often training saves the model, so that a run that is cut off can go on. A model that is fitted with
 * these, fresh or as it was when the run began, goes on from the newest checkpoint in the directory that is not
 * damaged, to the number of epochs that was asked for; if the data are {@link EpochSeekable} or the same in each epoch,
 * it ends with the weights that it would have had without the interruption, bit for bit.
 *
 * <p>Files are written under another name and then moved, so none is ever half a checkpoint. Use one directory for one
 * run: checkpoints of another network or plan, of other options of {@code fit} than the number of epochs
 * ({@link FitOptions#identity}), with another value of one of the model's properties, or of a run that did not begin
 * with this model, are refused.
 *
 * <p>A damaged checkpoint, whose bytes are not what their check sums say, is passed over with a warning. One that is
 * there and cannot be read for another reason ends the call before anything is trained or deleted: for want of rights,
 * because the disk fails, because it is of a later format or has types that this model has not. If all are damaged the
 * run begins anew, and they stay until good ones have taken their places.
 *
 * @param directory made when training begins; of any file system that can be written to
 * @param everyEpochs how many epochs lie between two, at least 1; there is one more after the last epoch
 * @param kept how many of the newest are kept, at least 1
 */
public record Checkpoints(Path directory, int everyEpochs, int kept) {
    /** @throws IllegalArgumentException if a number is below 1 */
    public Checkpoints {
        Objects.requireNonNull(directory, "directory");
        Check.atLeast(1, everyEpochs, "Checkpoints: everyEpochs");
        Check.atLeast(1, kept, "Checkpoints: kept");
    }

    /** {@return one after each epoch, of which the newest two are kept} */
    public static Checkpoints in(Path directory) {
        return new Checkpoints(directory, 1, 2);
    }

    /** {@return the same with this many epochs between two} */
    public Checkpoints withInterval(int epochs) {
        return new Checkpoints(directory, epochs, kept);
    }

    /** {@return the same with this many of the newest kept} */
    public Checkpoints withKept(int newest) {
        return new Checkpoints(directory, everyEpochs, newest);
    }
}
