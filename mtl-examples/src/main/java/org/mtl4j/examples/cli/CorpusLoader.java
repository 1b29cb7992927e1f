package org.mtl4j.examples.cli;

import java.io.IOException;
import java.nio.file.Path;
import org.mtl4j.faces.FaceCorpus;
import org.mtl4j.faces.FaceSample;
import org.mtl4j.mtfl.MtflReader;
import org.mtl4j.synthetic.SyntheticFaces;

/** Loads corpora as the commands use them: every face with a box. */
final class CorpusLoader {
    private CorpusLoader() {}

    /** Loads a part of a corpus. */
    static FaceCorpus part(CorpusForm form, Path directory, CorpusForm.Part part, SkipBrokenOption options)
            throws IOException {
        return boxed(form.read(directory, part, options));
    }

    /** Loads the faces of one list. */
    static FaceCorpus list(Path directory, Path list, MtflReader reader) throws IOException {
        return boxed(reader.read(directory, list));
    }

    /** Draws faces, marked as those of a corpus. */
    static FaceCorpus synthetic(CorpusForm form, int faces, long seed) {
        return SyntheticFaces.corpus(faces, seed, form.drawn());
    }

    /** Gives faces without a box one from their landmarks, and leaves out those that have neither. */
    private static FaceCorpus boxed(FaceCorpus corpus) {
        return corpus.map(sample -> sample.box().isEmpty() && sample.landmarks().isPresent()
                        ? sample.withBoxFromLandmarks()
                        : sample)
                .filter(CorpusLoader::hasBox);
    }

    private static boolean hasBox(FaceSample sample) {
        return sample.box().isPresent();
    }
}
