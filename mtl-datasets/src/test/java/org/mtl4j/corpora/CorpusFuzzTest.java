package org.mtl4j.corpora;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mtl4j.faces.FaceCorpus;
import org.mtl4j.faces.FaceLayout;
import org.mtl4j.faces.SkipReport;
import org.mtl4j.synthetic.SyntheticFaces;

/**
 * Random damage to valid lists: nothing may come out but faces, or a fault that names the file. The seed and the number
 * of rounds are fixed; for longer runs give {@code -Dmtl.fuzz.rounds=1000000} and {@code -Dmtl.fuzz.seed=2}.
 */
class CorpusFuzzTest {

    private static final int ROUNDS = Integer.getInteger("mtl.fuzz.rounds", 300);
    private static final long SEED = Long.getLong("mtl.fuzz.seed", 1);
    private static final String[] WORDS = {
        "NaN",
        "1e99",
        "-1e-99",
        "../",
        "..\\",
        "/",
        "C:",
        "\r\n",
        "\n\n",
        "\uFEFF",
        "99999999999999999999",
        "1.",
        ".5",
        "%s%n",
        ",",
        "\"",
        "-1",
        " ",
        "#",
        "{",
        "}",
        "\u0000",
        "\u00e9",
        "image",
        "original_0_x"
    };

    @TempDir
    private Path folder;

    /** A way to read a folder. */
    @FunctionalInterface
    private interface Way {
        FaceCorpus read(CorpusReader reader, Path folder) throws IOException;
    }

    private static byte[] damaged(byte[] whole, Random random) {
        byte[] bytes = whole;
        for (int i = random.nextInt(3); i >= 0 && bytes.length > 0; i--) {
            int at = random.nextInt(bytes.length);
            int to = Math.min(bytes.length, at + 1 + random.nextInt(40));
            byte[] between =
                    switch (random.nextInt(5)) {
                        case 0 -> new byte[0]; // a part is missing
                        case 1 -> WORDS[random.nextInt(WORDS.length)].getBytes(StandardCharsets.UTF_8);
                        case 2 -> new byte[] {(byte) random.nextInt()};
                        case 3 -> { // a part twice
                            byte[] twice = new byte[2 * (to - at)];
                            System.arraycopy(bytes, at, twice, 0, to - at);
                            System.arraycopy(bytes, at, twice, to - at, to - at);
                            yield twice;
                        }
                        default -> { // the end is missing
                            to = bytes.length;
                            yield new byte[0];
                        }
                    };
            byte[] changed = new byte[at + between.length + bytes.length - to];
            System.arraycopy(bytes, 0, changed, 0, at);
            System.arraycopy(between, 0, changed, at, between.length);
            System.arraycopy(bytes, to, changed, at + between.length, bytes.length - to);
            bytes = changed;
        }
        return bytes;
    }

    @Test
    void damaged_lists_are_read_or_refused_by_name() throws IOException {
        FaceCorpus ibug = SyntheticFaces.corpus(2, 1, FaceLayout.IBUG_68);
        FaceCorpus wflw = SyntheticFaces.corpus(3, 1, FaceLayout.WFLW);
        FaceCorpus celebA = SyntheticFaces.corpus(3, 1, FaceLayout.CELEBA);
        CorpusWriter.pts(ibug, folder.resolve("pts"));
        CorpusWriter.wflw(FaceParts.of(wflw.subset(0, 2), wflw.subset(2, 3)), folder.resolve("wflw"));
        CorpusWriter.celebA(
                new FaceParts(celebA.subset(0, 2), Optional.of(celebA.subset(2, 3)), Optional.empty()),
                true,
                folder.resolve("celeba"));
        CorpusWriter.csv(SyntheticFaces.corpus(3, 1, FaceLayout.AFLW_21), folder.resolve("csv"));
        Random random = new Random(SEED);
        fuzz(random, "pts", List.of("synthetic/000001.pts"), CorpusReader::pts);
        fuzz(random, "wflw", List.of(WflwList.LISTS + "/" + WflwList.TRAINING), (reader, directory) -> reader.wflw(
                        directory)
                .training());
        fuzz(
                random,
                "celeba",
                List.of(
                        "list_attr_celeba.txt",
                        "list_landmarks_celeba.txt",
                        "list_bbox_celeba.txt",
                        "list_eval_partition.txt"),
                (reader, directory) -> reader.celebAInTheWild(directory).training());
        fuzz(
                random,
                "csv",
                List.of("faces.csv"),
                (reader, directory) -> reader.csv(directory, directory.resolve("faces.csv"), FaceLayout.AFLW_21));
        fuzz(
                random,
                "csv",
                List.of("faces.csv"),
                (reader, directory) -> reader.aflw(directory, directory.resolve("faces.csv")));
    }

    private void fuzz(Random random, String name, List<String> lists, Way way) throws IOException {
        Path directory = folder.resolve(name);
        List<byte[]> whole = new ArrayList<>();
        for (String list : lists) {
            whole.add(Files.readAllBytes(directory.resolve(list)));
        }
        int read = 0;
        int refused = 0;
        for (int round = 0; round < ROUNDS; round++) {
            int which = random.nextInt(lists.size());
            Path list = directory.resolve(lists.get(which));
            Files.write(list, damaged(whole.get(which), random));
            CorpusReader reader = random.nextBoolean()
                    ? CorpusReader.standard()
                    : CorpusReader.standard().withSkipReport(new SkipReport());
            try {
                assertThat(way.read(reader, directory).size()).isPositive();
                read++;
            } catch (CorpusFormatException e) {
                assertThat(e).hasMessageStartingWith(directory.toString());
                refused++;
            }
            Files.write(list, whole.get(which));
        }
        assertThat(refused).as("%s: refused", name).isGreaterThan(ROUNDS / 20);
        assertThat(read).as("%s: read", name).isGreaterThan(name.equals("pts") ? 0 : ROUNDS / 20);
    }
}
