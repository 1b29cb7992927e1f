package org.mtl4j.examples.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.mtl4j.corpora.CorpusReader;
import org.mtl4j.corpora.FaceParts;
import org.mtl4j.faces.FaceCorpus;
import org.mtl4j.faces.FaceLayout;
import org.mtl4j.mtfl.MtflCorpus;

/** Forms in which corpora of faces are published. */
enum CorpusForm {
    /** MTFL's lists: five points, four attributes. */
    MTFL(FaceLayout.MTFL) {
        @Override
        FaceParts read(Path directory, SkipBrokenOption options) throws IOException {
            MtflCorpus corpus = options.reader().load(directory);
            return new FaceParts(corpus.training(), Optional.empty(), corpus.testing());
        }
    },
    /** 300-W's {@code .pts} files, of 68 points. */
    IBUG_68(FaceLayout.IBUG_68) {
        @Override
        FaceParts read(Path directory, SkipBrokenOption options) throws IOException {
            return FaceParts.of(options.corpusReader().pts(directory));
        }
    },
    /** WFLW's lists: 98 points, six attributes. */
    WFLW(FaceLayout.WFLW) {
        @Override
        FaceParts read(Path directory, SkipBrokenOption options) throws IOException {
            return options.corpusReader().wflw(directory);
        }
    },
    /** CelebA's lists of aligned images: five points, 40 attributes. */
    CELEBA(FaceLayout.CELEBA) {
        @Override
        FaceParts read(Path directory, SkipBrokenOption options) throws IOException {
            return options.corpusReader().celebA(directory);
        }
    },
    /** CelebA's lists of images in the wild. */
    CELEBA_IN_THE_WILD(FaceLayout.CELEBA) {
        @Override
        FaceParts read(Path directory, SkipBrokenOption options) throws IOException {
            return options.corpusReader().celebAInTheWild(directory);
        }
    },
    /** AFLW's tables, of 19 or 21 points. */
    AFLW(FaceLayout.AFLW_21) {
        @Override
        FaceParts read(Path directory, SkipBrokenOption options) throws IOException {
            CorpusReader reader = options.corpusReader();
            Path training = Stream.concat(Stream.of(AFLW_TRAINING), AFLW_WHOLE.stream())
                    .map(directory::resolve)
                    .filter(Files::exists)
                    .findFirst()
                    .orElseThrow(() -> new IOException("%s: no table of AFLW here, neither %s nor one of %s"
                            .formatted(directory, AFLW_TRAINING, AFLW_WHOLE)));
            FaceCorpus faces = reader.aflw(directory, training);
            Path testing = directory.resolve(AFLW_TESTING);
            return training.endsWith(AFLW_TRAINING) && Files.exists(testing)
                    ? FaceParts.of(faces, reader.aflw(directory, testing))
                    : FaceParts.of(faces);
        }
    };

    /** Parts of a corpus. */
    enum Part {
        TRAINING,
        VALIDATION,
        TESTING
    }

    private static final String AFLW_TRAINING = "face_landmarks_aflw_train.csv";
    private static final String AFLW_TESTING = "face_landmarks_aflw_test.csv";
    private static final List<String> AFLW_WHOLE = List.of("aflw.csv", "faces.csv");

    @SuppressWarnings("ImmutableEnumChecker") // a layout is immutable, but its type cannot say so
    private final FaceLayout drawn;

    CorpusForm(FaceLayout drawn) {
        this.drawn = drawn;
    }

    /** {@return the layout that faces are drawn with in place of the corpus} */
    FaceLayout drawn() {
        return drawn;
    }

    /**
     * Reads a corpus.
     *
     * @param directory its folder, as it is unpacked
     * @param options whether broken lines are left out
     */
    abstract FaceParts read(Path directory, SkipBrokenOption options) throws IOException;

    /** {@return one part of a corpus} */
    FaceCorpus read(Path directory, Part part, SkipBrokenOption options) throws IOException {
        FaceParts parts = read(directory, options);
        Optional<FaceCorpus> found =
                switch (part) {
                    case TRAINING -> Optional.of(parts.training());
                    case VALIDATION -> parts.validation();
                    case TESTING -> parts.testing();
                };
        return found.orElseThrow(() -> new IOException(
                "%s: there is no part for %s".formatted(directory, part.name().toLowerCase(Locale.ROOT))));
    }
}
