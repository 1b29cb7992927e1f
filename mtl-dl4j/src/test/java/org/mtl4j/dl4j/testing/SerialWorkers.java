package org.mtl4j.dl4j.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.distributed.ModelCopies;
import org.mtl4j.dl4j.distributed.TrainingShard;
import org.mtl4j.dl4j.distributed.Workers;

/** Workers that get questions and give answers as bytes, as other processes do, and are asked everything twice. */
public final class SerialWorkers implements Workers {
    private final byte[] copies;
    private final List<TrainingShard> shards;
    private final ModelCopies sent;
    private int askedTwice = Integer.MAX_VALUE;

    public SerialWorkers(Dl4jModel model, List<TrainingShard> shards) throws IOException {
        this.shards = shards;
        this.copies = SerialForm.bytes(ModelCopies.of(model));
        this.sent = SerialForm.object(copies);
    }

    /** Asks so many questions twice, and the others once, which is quicker. */
    public SerialWorkers twice(int questions) {
        askedTwice = questions;
        return this;
    }

    @Override
    public int count() {
        return shards.size();
    }

    @Override
    public <A extends Serializable> List<A> ask(Question<A> question) {
        List<A> answers = new ArrayList<>();
        try {
            Question<A> received = SerialForm.sent(question);
            for (TrainingShard shard : shards) {
                TrainingShard its = SerialForm.sent(shard);
                byte[] answer = SerialForm.bytes(sent.use(copy -> received.answer(copy, its)));
                if (askedTwice > 0) { // a worker that has never seen the model before says the same, to the bit
                    ModelCopies others = SerialForm.object(copies);
                    assertThat(SerialForm.bytes(others.use(copy -> received.answer(copy, its))))
                            .isEqualTo(answer);
                }
                answers.add(SerialForm.object(answer));
            }
            askedTwice--;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return answers;
    }
}
