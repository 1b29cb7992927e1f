package org.mtl4j.metric;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Classes are ranked by columns taken out of rows, few examples by counting; a ranking of each is the measure. */
class ClassRankingsTest {

    /** Classes with few examples and with many, more than are counted at a time, ties, zeros and ones. */
    @ParameterizedTest(name = "{0} rows of {1} classes")
    @CsvSource({"0, 3", "1, 3", "40, 3", "1500, 3", "40000, 3", "900, 17", "700, 300", "3000, 100"})
    void classes_are_ranked_as_one_by_one(int rows, int classes) throws IOException, ClassNotFoundException {
        Random random = new Random(rows + classes);
        float[] numbers = new float[rows * classes];
        int[] actual = new int[rows];
        for (int row = 0; row < rows; row++) {
            actual[row] = (int) (Math.pow(random.nextDouble(), 3) * (classes - 1)); // none of the last
            for (int c = 0; c < classes; c++) {
                int kind = random.nextInt(10);
                numbers[row * classes + c] = kind == 0 ? random.nextInt(2) : (float) Math.pow(random.nextDouble(), 9);
                if (kind < 4) {
                    numbers[row * classes + c] = random.nextInt(5) / 4f;
                }
            }
        }
        List<RankingScore> expected = new ArrayList<>();
        for (int c = 0; c < classes; c++) {
            Ranking ranking = new Ranking();
            for (int row = 0; row < rows; row++) {
                ranking.add(numbers[row * classes + c], actual[row] == c, 1);
            }
            expected.add(ranking.score());
        }

        assertThat(of(numbers, actual, classes, 0, rows).scores()).isEqualTo(expected);

        ClassRankings parts = new ClassRankings(classes);
        ClassRankings others = new ClassRankings(classes);
        for (int from = 0, i = 0; from < rows; i++) {
            int to = Math.min(rows, from + 1 + i * i % 211);
            add(i % 2 == 0 ? parts : others, numbers, actual, classes, from, to);
            from = to;
        }
        ClassRankings all = new ClassRankings(classes);
        all.add(parts);
        all.add(sent(others));
        assertThat(all.scores()).isEqualTo(expected);
        add(parts, new float[classes], new int[1], classes, 0, 1); // is no example of the other
        assertThat(all.scores()).isEqualTo(expected);
        add(all, new float[classes], new int[1], classes, 0, 1);
        assertThat(all.scores().get(0).positives()).isEqualTo(expected.get(0).positives() + 1);
        assertThat(parts.scores().get(0).positives() + others.scores().get(0).positives())
                .isEqualTo(expected.get(0).positives() + 1);
    }

    @ParameterizedTest
    @CsvSource({"2.0", "-0.5", "NaN", "0.1"})
    void examples_of_another_form_are_ranked_with_them(double number) {
        float[] numbers = {0.5f, 0, 0.25f, 0.5f, 1, 0, 0.1f, 0.3f, 0.6f};
        int[] actual = {0, 2, 1};
        ClassRankings mixed = of(numbers, actual, 3, 0, 3);
        for (int c = 0; c < 3; c++) {
            mixed.add(c, number, c == 1, 2);
            Ranking ranking = new Ranking();
            for (int row = 0; row < 3; row++) {
                ranking.add(numbers[row * 3 + c], actual[row] == c, 1);
            }
            ranking.add(number, c == 1, 2);
            assertThat(c == 2 ? mixed.scores().get(c) : ranking.score()).isEqualTo(ranking.score());
        }
        mixed.add(mixed);
        assertThat(mixed.scores().get(1).positives()).isEqualTo(6);
    }

    private static ClassRankings of(float[] numbers, int[] actual, int classes, int from, int to) {
        ClassRankings rankings = new ClassRankings(classes);
        add(rankings, numbers, actual, classes, from, to);
        return rankings;
    }

    private static void add(ClassRankings rankings, float[] numbers, int[] actual, int classes, int from, int to) {
        int[] bits = new int[numbers.length];
        Arrays.setAll(bits, i -> Float.floatToRawIntBits(numbers[i]));
        int[] rows = new int[to - from];
        Arrays.setAll(rows, i -> from + i);
        rankings.add(bits, rows, Arrays.copyOfRange(actual, from, to));
    }

    private static ClassRankings sent(ClassRankings rankings) throws IOException, ClassNotFoundException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(rankings);
        }
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            return (ClassRankings) in.readObject();
        }
    }
}
