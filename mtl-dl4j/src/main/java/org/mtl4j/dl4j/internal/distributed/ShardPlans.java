package org.mtl4j.dl4j.internal.distributed;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.mtl4j.task.Task;

/**
 * Says what each shard had for each step of an epoch when it was counted. What a step trains on is held against it:
 * gradients are divided by these counts, so others would be wrong in silence.
 *
 * @param tasks of the model
 * @param shards by shard and step; shards may have different numbers of steps
 * @param epoch of the data, as messages have it
 */
record ShardPlans(List<Task> tasks, List<? extends List<LabelCounts>> shards, int epoch) {
    /** A batch smaller than this part of the epoch's largest is worth a word, unless it is the last. */
    private static final double LEAST_OF_LARGEST = 0.8;

    /** {@return what all shards have together, by step} */
    List<LabelCounts> together() {
        List<LabelCounts> all = new ArrayList<>();
        for (List<LabelCounts> shard : shards) {
            for (int step = 0; step < shard.size(); step++) {
                if (step == all.size()) {
                    all.add(LabelCounts.none(tasks.size()));
                }
                all.set(step, all.get(step).plus(shard.get(step)));
            }
        }
        boolean none = all.stream().allMatch(step -> step.examples() == 0);
        if (none) {
            throw new IllegalArgumentException(
                    "the training data is empty: none of the %d shards has an example in epoch %d"
                            .formatted(shards.size(), epoch));
        }
        for (int step = 0; step < all.size(); step++) {
            if (all.get(step).examples() == 0) {
                throw new IllegalArgumentException("epoch %d, step %d of %d: none of the %d shards has an example"
                        .formatted(epoch, step + 1, all.size(), shards.size()));
            }
        }
        return all;
    }

    /**
     * Compares what shards had in a round with what they were counted to have.
     *
     * @param from the first step of the round
     * @param answers one of each shard
     * @param seen by step of the round
     * @throws IllegalStateException if one differs; the message has shard, epoch, step, and both counts
     */
    <A> void requireSame(int from, List<A> answers, Function<A, List<LabelCounts>> seen) {
        for (int i = 0; i < answers.size(); i++) {
            List<LabelCounts> found = seen.apply(answers.get(i));
            for (int step = 0; step < found.size(); step++) {
                LabelCounts planned = planned(i, from + step);
                if (!planned.sameAs(found.get(step))) {
                    throw new IllegalStateException(
                            ("%s, epoch %d, step %d: counted were %s, and trained on %s. The data have changed"
                                            + " meanwhile, or are other ones each time that they are read; give shards"
                                            + " that are always the same, such as of a table that nobody writes")
                                    .formatted(
                                            name(i),
                                            epoch,
                                            from + step + 1,
                                            planned.text(tasks),
                                            found.get(step).text(tasks)));
                }
            }
        }
    }

    private LabelCounts planned(int shard, int step) {
        List<LabelCounts> steps = shards.get(shard);
        return step < steps.size() ? steps.get(step) : LabelCounts.none(tasks.size());
    }

    /** {@return what the first answer that says something says, with its shard} */
    <A> Optional<String> first(List<A> answers, Function<A, @Nullable String> said) {
        for (int i = 0; i < answers.size(); i++) {
            String text = said.apply(answers.get(i));
            if (text != null) {
                return Optional.of("%s of %s".formatted(text, name(i)));
            }
        }
        return Optional.empty();
    }

    private String name(int shard) {
        return "shard %s of %s".formatted(shard + 1, shards.size());
    }

    /**
     * {@return how many examples shards have, if that makes batches of an epoch much smaller than others, or a shard
     * has none}
     */
    Optional<String> unevenness() {
        long[] sizes = shards.stream()
                .mapToLong(
                        shard -> shard.stream().mapToLong(LabelCounts::examples).sum())
                .sorted()
                .toArray();
        long[] batches = together().stream().mapToLong(LabelCounts::examples).toArray();
        long[] butLast = batches.length > 1 ? Arrays.copyOf(batches, batches.length - 1) : batches;
        Arrays.sort(butLast);
        boolean even = butLast[0] >= LEAST_OF_LARGEST * butLast[butLast.length - 1] && sizes[0] > 0;
        return shards.size() < 2 || even
                ? Optional.empty()
                : Optional.of(String.format(
                        Locale.ROOT,
                        "the %d shards have from %d to %d examples, so that batches of an epoch have from %d to %d;"
                                + " deal the rows evenly for batches of one size",
                        sizes.length,
                        sizes[0],
                        sizes[sizes.length - 1],
                        butLast[0],
                        butLast[butLast.length - 1]));
    }
}
