package org.mtl4j.examples.cli;

import java.io.IOException;
import java.nio.file.Path;
import org.mtl4j.faces.FaceCorpus;
import org.mtl4j.faces.FaceSample;
import org.mtl4j.mtfl.MtflReader;
import org.mtl4j.synthetic.SyntheticFaces;

/** Corpora as the commands use them. */
final class Faces {
    private Faces() {}

    /** The training faces of a directory in MTFL's layout, all with boxes. */
    static FaceCorpus training(Path directory, MtflReader reader) throws IOException {
        return boxed(reader.load(directory).training());
    }

    /** The faces of one list. */
    static FaceCorpus list(Path directory, Path list, MtflReader reader) throws IOException {
        return boxed(reader.read(directory, list));
    }

    static FaceCorpus synthetic(int faces, long seed) {
        return SyntheticFaces.corpus(faces, seed);
    }

    /** Faces without a box get one from their landmarks. */
    private static FaceCorpus boxed(FaceCorpus corpus) {
        return corpus.map(sample -> sample.box().isEmpty() && sample.landmarks().isPresent()
                        ? sample.withBoxFromLandmarks()
                        : sample)
                .filter(Faces::hasBox);
    }

    private static boolean hasBox(FaceSample sample) {
        return sample.box().isPresent();
    }
}
