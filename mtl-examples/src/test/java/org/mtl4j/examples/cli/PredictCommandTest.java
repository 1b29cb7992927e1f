package org.mtl4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.examples.testing.CommandRun;
import org.mtl4j.faces.FaceCrop;
import org.mtl4j.faces.FaceTask;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.ArrayBatches;
import org.nd4j.linalg.factory.Nd4j;

class PredictCommandTest {
    private static final int WIDTH = 30;
    private static final int HEIGHT = 20;

    @TempDir
    private Path directory;

    private Path model;

    @BeforeEach
    void save_a_model() throws IOException {
        model = directory.resolve("model.zip");
        Dl4jModel trained = Dl4jModel.create(
                MultiTaskNetwork.builder(Shape.image(1, 12, 12))
                        .tower("face", SplitHead.of(FaceTask.LANDMARKS.task()))
                        .dense("fc", 8)
                        .build(),
                TrainingPlan.adam(1e-2).withSeed(3));
        FaceCrop.of(12).toMap().forEach(trained::setProperty);
        trained.fit( // a fresh one says the same of every face
                ArrayBatches.of(Nd4j.rand(32, 1, 12, 12).muli(4).subi(2), Nd4j.rand(32, 10)), FitOptions.epochs(30));
        trained.save(model);
    }

    /** A photo, stored upright, or a quarter turn to the left with EXIF data that say so. */
    private Path photo(boolean lying) throws IOException {
        BufferedImage image =
                new BufferedImage(lying ? HEIGHT : WIDTH, lying ? WIDTH : HEIGHT, BufferedImage.TYPE_BYTE_GRAY);
        Random random = new Random(6);
        for (int y = 0; y < HEIGHT; y++) {
            for (int x = 0; x < WIDTH; x++) {
                image.getRaster().setSample(lying ? y : x, lying ? WIDTH - 1 - x : y, 0, random.nextInt(256));
            }
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ImageIO.write(image, "png", out);
        byte[] png = out.toByteArray();
        byte[] exif = {'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0};
        CRC32 crc = new CRC32();
        crc.update("eXIf".getBytes(StandardCharsets.US_ASCII));
        crc.update(exif);
        byte[] tagged = ByteBuffer.allocate(png.length + exif.length + 12)
                .put(png, 0, 33)
                .putInt(exif.length)
                .put("eXIf".getBytes(StandardCharsets.US_ASCII))
                .put(exif)
                .putInt((int) crc.getValue())
                .put(png, 33, png.length - 33)
                .array();
        return Files.write(directory.resolve(lying ? "lying.png" : "upright.png"), lying ? tagged : png);
    }

    private CommandRun predict(Path image, Object... more) {
        Object[] command = {
            "predict", "--model", model, "--image", image, "--box", "5,2,25,18", "--out", directory.resolve("drawn.png")
        };
        return CommandRun.of(
                Stream.concat(Arrays.stream(command), Arrays.stream(more)).toArray());
    }

    @Test
    void a_photo_that_lies_on_its_side_is_said_to_and_turned_on_demand() throws IOException {
        CommandRun upright = predict(photo(false));
        assertThat(upright.err()).isEmpty();
        CommandRun lying = predict(photo(true));
        assertThat(lying.code()).as(lying.err()).isZero();
        assertThat(lying.err())
                .startsWith("warning: " + directory.resolve("lying.png"))
                .contains("lies on its side (EXIF orientation 6)", "--upright turns it");
        assertThat(lying.out()).isNotEqualTo(upright.out());
        CommandRun turned = predict(directory.resolve("lying.png"), "--upright");
        assertThat(turned.err()).isEmpty();
        assertThat(turned.out()).isEqualTo(upright.out()).contains("left eye");
        assertThat(predict(directory.resolve("upright.png"), "--upright").out()).isEqualTo(upright.out());
    }

    @Test
    void what_cannot_be_written_or_found_is_said_before_the_work() throws IOException {
        Path image = photo(false);
        CommandRun folder = CommandRun.of("predict", "--model", model, "--image", image, "--out", directory);
        assertThat(folder.code()).isEqualTo(1);
        assertThat(folder.err()).contains(directory + " is a directory");
        CommandRun other = predict(directory.resolve("Upright.PNG"));
        assertThat(other.code()).isEqualTo(1);
        assertThat(other.err()).contains("; there is 'upright.png', which differs in capital and small letters");
    }
}
