package org.mtl4j.mtfl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mtl4j.faces.Augmentation;
import org.mtl4j.faces.FaceCorpus;
import org.mtl4j.faces.FaceCrop;
import org.mtl4j.faces.FaceSample;
import org.mtl4j.faces.FaceTask;
import org.mtl4j.faces.LandmarkName;
import org.mtl4j.synthetic.SyntheticFaces;

/**
 * What is stored or compared is the same whatever the language of the machine: digits, decimal points, capital letters.
 */
class LanguageTest {

    private final Locale usual = Locale.getDefault();

    @TempDir
    private Path temporary;

    @AfterEach
    void restoreLanguage() {
        Locale.setDefault(usual);
    }

    /** Names and contents of all that is written and all that is stored or compared elsewhere. */
    private Map<String, String> stored(String language) throws IOException {
        Locale.setDefault(Locale.forLanguageTag(language));
        Map<String, String> stored = new TreeMap<>();
        FaceCorpus faces = SyntheticFaces.corpus(3, 12);
        Path folder = temporary.resolve(language);
        MtflCorpus.of(faces).write(folder, ImageFormat.PNG);
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String name = folder.relativize(file).toString();
                stored.put(name, name.endsWith(".txt") ? Files.readString(file) : "image");
            }
        }
        stored.put("corpus", faces.fingerprint());
        stored.put("read", MtflCorpus.load(folder).training().fingerprint());
        Augmentation augmentation =
                Augmentation.builder().flip(0.25).noise(0.5, 1234.5 / 10).build();
        stored.put("augmentation", new TreeMap<>(augmentation.toMap()).toString());
        FaceCrop crop = FaceCrop.of(1024).withMargin(0.5);
        stored.put("crop", new TreeMap<>(crop.toMap()).toString());
        stored.put(
                "crops",
                faces.cropping(FaceCrop.of(12)).augmentation(augmentation).cut().fingerprint());
        List<String> names = new ArrayList<>();
        for (FaceTask task : FaceTask.values()) {
            names.add(task.task().toString());
        }
        for (LandmarkName name : LandmarkName.values()) {
            names.add(name.label());
        }
        stored.put("names", names.toString());
        return stored;
    }

    @ParameterizedTest
    @ValueSource(strings = {"ar-EG-u-nu-arab", "tr-TR", "de-DE", "fa-IR-u-nu-arabext"})
    void what_is_stored_has_no_language(String language) throws IOException {
        Map<String, String> english = stored("en-US");
        assertThat(english).containsKeys("training.txt", "synthetic/000002.png");
        assertThat(stored(language)).isEqualTo(english);
    }

    @Test
    void the_languages_differ_where_text_is_for_people() {
        Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
        assertThat("%d".formatted(12)).isEqualTo("١٢"); // or the test above would test nothing
    }

    @Test
    void endings_are_told_apart_in_turkish_too() throws IOException {
        Locale.setDefault(Locale.forLanguageTag("tr-TR"));
        FaceCorpus one = SyntheticFaces.corpus(1, 1);
        FaceSample face = one.get(0);
        FaceCorpus two = FaceCorpus.of(Stream.of("I.JPG", "i.png")
                .map(id -> new FaceSample(id, face.image(), face.box(), face.landmarks(), face.attributes()))
                .toList());
        assertThatExceptionOfType(IllegalArgumentException.class)
                .isThrownBy(() -> MtflCorpus.of(two).write(temporary.resolve("both"), ImageFormat.PNG))
                .withMessage("'i.png': another face has the path 'i.png' already");
    }
}
