package org.mtl4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mtl4j.corpora.CorpusWriter;
import org.mtl4j.corpora.FaceParts;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.examples.testing.CommandRun;
import org.mtl4j.faces.FaceCorpus;
import org.mtl4j.faces.FaceLayout;
import org.mtl4j.synthetic.SyntheticFaces;

/** The commands on corpora of other points and attributes than MTFL's, written in their published forms. */
class OtherCorporaTest {
    @TempDir
    Path directory;

    private CommandRun train(String form, String variant, Path corpus, Object... more) {
        Object[] arguments = {
            "train",
            "--form",
            form,
            "--variant",
            variant,
            "--corpus",
            corpus,
            "--width",
            0.5,
            "--batch",
            16,
            "--out",
            directory.resolve(form + ".zip"),
            "--validation",
            0.25
        };
        return CommandRun.of(
                Stream.concat(Arrays.stream(arguments), Arrays.stream(more)).toArray());
    }

    @Test
    void wflw_is_trained_on_measured_as_in_papers_and_predicted() throws IOException {
        FaceCorpus drawn = SyntheticFaces.corpus(140, 5, FaceLayout.WFLW);
        Path corpus = directory.resolve("WFLW");
        CorpusWriter.wflw(FaceParts.of(drawn.subset(0, 100), drawn.subset(100, 140)), corpus);
        CommandRun trained = train("wflw", "cross-stitch", corpus, "--epochs", 12, "--no-faces", "--augment");
        assertThat(trained.code()).as(trained.err()).isZero();
        assertThat(trained.out()).contains("mean face", "over faces: NME", "make-up", "pose");
        Path model = directory.resolve("wflw.zip");
        Dl4jModel loaded = Dl4jModel.load(model);
        assertThat(FaceLayout.fromMap(loaded.properties())).isEqualTo(FaceLayout.WFLW);
        assertThat(loaded.network().tasks()).hasSize(7);

        Path json = directory.resolve("figures.json");
        CommandRun evaluated = CommandRun.of(
                "evaluate",
                "--model",
                model,
                "--corpus",
                corpus,
                "--part",
                "testing",
                "--normalizer",
                "inter-ocular",
                "--limit",
                0.1,
                "--json",
                json,
                "--flip-averaging");
        assertThat(evaluated.code()).as(evaluated.err()).isZero();
        assertThat(evaluated.out())
                .contains(
                        "40 faces", "NME", "of the distance between the outer eye corners", "(above 10.0 %)", "AUC 0.");
        JsonNode figures = new ObjectMapper().readTree(json.toFile());
        assertThat(figures.get("landmarks")).hasSize(99); // with "all"
        // output layers start at the mean face; twelve epochs on 75 drawn faces came to 0.87 of it
        assertThat(figures.get("overFaces").get("nme").doubleValue())
                .isLessThan(0.95 * figures.get("meanFace").get("nme").doubleValue());
        assertThat(figures.get("overFaces").get("auc").doubleValue())
                .isGreaterThan(figures.get("meanFace").get("auc").doubleValue());

        Path picture = directory.resolve("face.png");
        CommandRun predicted = CommandRun.of(
                "predict",
                "--model",
                model,
                "--image",
                corpus.resolve("WFLW_images/synthetic/000000.png"),
                "--out",
                picture);
        assertThat(predicted.code()).as(predicted.err()).isZero();
        assertThat(predicted.out()).contains("left pupil", "right upper eyelid 2", "occlusion: ");
        assertThat(picture).isNotEmptyFile();
        assertThat(CommandRun.of("inspect", model).out())
                .contains("faces: 98 points, attributes pose, expression, illumination, make-up, occlusion, blur");
    }

    @Test
    void celeba_has_one_task_for_its_many_attributes() throws IOException {
        FaceCorpus drawn = SyntheticFaces.corpus(60, 5, FaceLayout.CELEBA);
        Path corpus = directory.resolve("celeba");
        CorpusWriter.celebA(FaceParts.of(drawn.subset(0, 40), drawn.subset(40, 60)), false, corpus);
        CommandRun trained = train("celeba", "split", corpus, "--epochs", 2, "--no-faces");
        assertThat(trained.code()).as(trained.err()).isZero();
        assertThat(trained.out()).contains("attributes           accuracy", "of the labels (majority");
        Path model = directory.resolve("celeba.zip");
        CommandRun predicted = CommandRun.of(
                "predict",
                "--model",
                model,
                "--image",
                corpus.resolve("img_align_celeba/synthetic/000000.png"),
                "--out",
                directory.resolve("face.png"));
        assertThat(predicted.out()).contains("left mouth corner", "Wearing_Hat: ", "Smiling: ");
        CommandRun none = CommandRun.of("evaluate", "--model", model, "--corpus", corpus, "--part", "validation");
        assertThat(none.code()).isEqualTo(1);
        assertThat(none.err()).contains(corpus + ": there is no part for validation");
        CommandRun corners =
                CommandRun.of("evaluate", "--model", model, "--corpus", corpus, "--normalizer", "inter-ocular");
        assertThat(corners.code()).isEqualTo(2);
        assertThat(corners.err())
                .contains("--normalizer inter-ocular: the distance between the outer eye corners is not known of the 5"
                        + " points of this model");
    }

    @Test
    void faces_without_attributes_have_points_alone_some_of_them_unknown() throws IOException {
        FaceCorpus drawn = SyntheticFaces.corpus(80, 5, FaceLayout.AFLW_21);
        Path corpus = directory.resolve("aflw");
        CorpusWriter.csv(drawn, corpus);
        CommandRun refused = train("aflw", "split", corpus);
        assertThat(refused.code()).isEqualTo(2);
        assertThat(refused.err())
                .contains("--variant 'split' needs attributes, and the faces have none; single-task needs none");
        CommandRun trained = train("aflw", "single-task", corpus, "--epochs", 2); // with the sheets of faces
        assertThat(trained.code()).as(trained.err()).isZero();
        assertThat(directory.resolve("aflw-report/faces-worst.png")).isNotEmptyFile();
        assertThat(trained.out()).contains("over faces: NME").doesNotContain("NaN");
    }

    @Test
    void three_hundred_w_is_read_from_its_files() throws IOException {
        Path corpus = directory.resolve("300w");
        CorpusWriter.pts(SyntheticFaces.corpus(24, 5, FaceLayout.IBUG_68), corpus);
        Files.writeString(corpus.resolve("synthetic/000003.pts"), "version: 1\nn_points: 68\n{\n");
        CommandRun broken = train("ibug-68", "single-task", corpus, "--no-faces", "--epochs", 1);
        assertThat(broken.code()).isEqualTo(1);
        assertThat(broken.err()).contains("000003.pts line 3: the file ends where point 1 of 68, x and y is expected");
        CommandRun trained = train("ibug-68", "single-task", corpus, "--no-faces", "--epochs", 1, "--skip-broken");
        assertThat(trained.code()).as(trained.err()).isZero();
        assertThat(trained.out()).contains("1 broken lines and faces left out");
    }
}
