package org.mtl4j.spark;

import com.esotericsoftware.kryo.DefaultSerializer;
import com.esotericsoftware.kryo.serializers.JavaSerializer;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.distributed.TrainingShard;
import org.mtl4j.faces.FaceBatches;
import org.mtl4j.faces.FaceCorpus;
import org.mtl4j.faces.FaceCrop;
import org.mtl4j.faces.FaceCrops;
import org.mtl4j.faces.FaceSample;
import org.mtl4j.faces.FaceTask;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/**
 * Some of the faces of a corpus, read, cut out and shuffled by the worker that has the shard: those of every n-th photo
 * of the corpus, so that each shard has faces of all parts of it, and a photo with several faces is decoded once. The
 * order changes from epoch to epoch, within the shard.
 *
 * <p>Faces are read when the shard is first used, and held as {@code size * size} bytes each. Not for use by several
 * threads.
 */
@DefaultSerializer(JavaSerializer.class)
public final class FaceShard implements TrainingShard {
    private static final long serialVersionUID = 1L;

    private final HadoopCorpus corpus;
    private final int index;
    private final int count;
    private final ImmutableMap<String, String> crop;
    private final ImmutableList<FaceTask> tasks;
    private final int batchSize;
    private final long seed;
    private transient @Nullable FaceBatches batches;

    private FaceShard(
            HadoopCorpus corpus, int index, int count, FaceCrop crop, List<FaceTask> tasks, int batchSize, long seed) {
        this.corpus = corpus;
        this.index = index;
        this.count = count;
        this.crop = ImmutableMap.copyOf(crop.toMap());
        this.tasks = ImmutableList.copyOf(tasks);
        this.batchSize = batchSize;
        this.seed = seed;
    }

    /**
     * Divides a corpus.
     *
     * @param shards how many, at least 1
     * @param crop how faces are cut out
     * @param tasks in the order of the network's tasks
     * @param batchSize faces of one shard in a step, at least 1: the batch of a step is {@code shards} times that
     * @param seed of the order of the faces
     * @throws IllegalArgumentException if a number is below 1
     */
    public static List<FaceShard> divide(
            HadoopCorpus corpus, int shards, FaceCrop crop, List<FaceTask> tasks, int batchSize, long seed) {
        if (shards < 1 || batchSize < 1) {
            throw new IllegalArgumentException(
                    "there must be at least 1 shard, and 1 face of it in a step, got %s and %s"
                            .formatted(shards, batchSize));
        }
        List<FaceShard> divided = new ArrayList<>();
        for (int index = 0; index < shards; index++) {
            divided.add(new FaceShard(corpus, index, shards, crop, tasks, batchSize, seed));
        }
        return divided;
    }

    /**
     * {@return the faces of this shard, cut out}
     *
     * @throws IOException if a list or image cannot be read, or the corpus has fewer photos than there are shards
     */
    public FaceCrops faces() throws IOException {
        return batches().crops();
    }

    private FaceBatches batches() throws IOException {
        if (batches == null) {
            FaceCorpus all = corpus.read();
            int[] photos = all.photos();
            List<FaceSample> mine = new ArrayList<>();
            for (int i = 0; i < all.size(); i++) {
                if (photos[i] % count == index) {
                    mine.add(all.get(i).withBoxFromLandmarks());
                }
            }
            if (mine.isEmpty()) {
                int distinct = 1 + Arrays.stream(photos).max().orElse(-1);
                String what = distinct == all.size()
                        ? "%s faces".formatted(distinct)
                        : "%s photos with %s faces".formatted(distinct, all.size());
                throw new IOException("%s: %s are too few for %s shards".formatted(corpus, what, count));
            }
            batches = FaceCorpus.of(mine)
                    .withGeometryCheck(all.geometryCheck())
                    .crops(FaceCrop.fromMap(crop))
                    .batches()
                    .tasks(tasks)
                    .batchSize(batchSize)
                    .shuffleSeed(seed + index)
                    .build();
        }
        return batches;
    }

    @Override
    public Optional<MultiDataSet> batch(int epoch, int step) throws IOException {
        FaceBatches mine = batches();
        if (step >= mine.batchesPerEpoch()) {
            return Optional.empty();
        }
        mine.startAt(epoch, step);
        return Optional.of(mine.next());
    }

    @Override
    public String toString() {
        return "FaceShard[%s of %s of %s]".formatted(index + 1, count, corpus);
    }
}
