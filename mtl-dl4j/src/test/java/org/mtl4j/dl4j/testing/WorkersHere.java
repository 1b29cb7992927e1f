package org.mtl4j.dl4j.testing;

import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.mtl4j.dl4j.distributed.ModelCopies;
import org.mtl4j.dl4j.distributed.TrainingShard;
import org.mtl4j.dl4j.distributed.Workers;
import org.mtl4j.train.MultiTaskModel;

/** Workers that are in this process, one shard after the other. */
public final class WorkersHere implements Workers {
    private final ModelCopies copies;
    private final List<? extends TrainingShard> shards;

    public WorkersHere(MultiTaskModel model, List<? extends TrainingShard> shards) {
        try {
            this.copies = ModelCopies.of(model);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        this.shards = shards;
    }

    @Override
    public int count() {
        return shards.size();
    }

    @Override
    public <A extends Serializable> List<A> ask(Question<A> question) {
        List<A> answers = new ArrayList<>();
        for (TrainingShard shard : shards) {
            try {
                answers.add(copies.use(copy -> question.answer(copy, shard)));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return answers;
    }
}
