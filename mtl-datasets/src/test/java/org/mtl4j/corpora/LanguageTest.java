package org.mtl4j.corpora;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mtl4j.faces.FaceCorpus;
import org.mtl4j.faces.FaceLayout;
import org.mtl4j.synthetic.SyntheticFaces;

/** The lists of corpora are the same whatever the language of the machine, and say the same to those who read them. */
class LanguageTest {
    private static final CorpusReader READER = CorpusReader.standard();

    private final Locale usual = Locale.getDefault();

    @TempDir
    private Path temporary;

    @AfterEach
    void restoreLanguage() {
        Locale.setDefault(usual);
    }

    private Map<String, String> written(String language) throws IOException {
        Locale.setDefault(Locale.forLanguageTag(language));
        Path folder = temporary.resolve(language);
        FaceCorpus of68 = SyntheticFaces.corpus(2, 5, FaceLayout.IBUG_68);
        FaceCorpus of98 = SyntheticFaces.corpus(4, 5, FaceLayout.WFLW);
        FaceCorpus of5 = SyntheticFaces.corpus(6, 5, FaceLayout.CELEBA);
        FaceCorpus of21 = SyntheticFaces.corpus(2, 5, FaceLayout.AFLW_21);
        CorpusWriter.pts(of68, folder.resolve("pts"));
        CorpusWriter.wflw(FaceParts.of(of98.subset(0, 3), of98.subset(3, 4)), folder.resolve("wflw"));
        CorpusWriter.celebA(
                new FaceParts(of5.subset(0, 3), Optional.of(of5.subset(3, 4)), Optional.of(of5.subset(4, 6))),
                true,
                folder.resolve("celeba"));
        CorpusWriter.csv(of21, folder.resolve("aflw"));
        Map<String, String> all = new TreeMap<>();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String name = folder.relativize(file).toString();
                all.put(name, name.matches(".*\\.(png|jpg)") ? "image" : Files.readString(file));
            }
        }
        all.put("read pts", READER.pts(folder.resolve("pts")).fingerprint());
        all.put("read wflw", READER.wflw(folder.resolve("wflw")).training().fingerprint());
        all.put(
                "read celeba",
                READER.celebAInTheWild(folder.resolve("celeba")).training().fingerprint());
        all.put(
                "read aflw",
                READER.csv(folder.resolve("aflw"), folder.resolve("aflw/faces.csv"), FaceLayout.AFLW_21)
                        .fingerprint());
        return all;
    }

    @ParameterizedTest
    @ValueSource(strings = {"tr-TR", "ar-EG-u-nu-arab", "hi-IN-u-nu-deva", "th-TH-u-ca-buddhist-nu-thai"})
    void lists_have_no_language(String language) throws IOException {
        Map<String, String> english = written("en-US");
        assertThat(english).containsKeys("pts/synthetic/000001.pts", "aflw/faces.csv");
        assertThat(written(language)).isEqualTo(english);
    }
}
