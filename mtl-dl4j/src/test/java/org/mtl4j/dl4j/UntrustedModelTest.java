package org.mtl4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.relatedness.WeightRelatednessRegularizer;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.task.Task;
import org.mtl4j.train.TrainingPlan;
import org.nd4j.linalg.api.buffer.DataType;

/** Model files that somebody has tampered with: an {@link IOException} that names the file, and nothing made of it. */
class UntrustedModelTest {
    @TempDir
    private Path directory;

    private Path file;
    private Dl4jModel model;

    @BeforeEach
    void save() throws IOException {
        model = Dl4jModel.create(
                MultiTaskNetwork.builder(Shape.vector(3))
                        .tower("a", SplitHead.of(Task.regression("x", 1)))
                        .tower("b", SplitHead.of(Task.regression("y", 1)))
                        .dense("fc", 4)
                        .stitch(CrossStitchUnit.perLayer())
                        .build(),
                TrainingPlan.adam(1e-3));
        model.graph().getUpdater(true);
        model.setProperty("made.by", "some.class.Name is fine in a property");
        model.setProperty("file", "org.example.Evil");
        file = directory.resolve("model.zip");
        model.save(file);
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"HALF", "FLOAT", "DOUBLE"})
    void every_data_type_comes_back_as_it_was(DataType type) throws IOException {
        Dl4jModel typed =
                Dl4jModel.create(model.network(), TrainingPlan.adam(1e-3).dataType(type));
        typed.graph().params().putScalar(0, 6e-6).putScalar(1, -2.5); // the first is below the normal range of HALF
        typed.save(file);
        assertThat(Dl4jModel.load(file).graph().params())
                .isEqualTo(typed.graph().params());
    }

    private void inside(ThrowingChange change) throws IOException {
        try (FileSystem zip = FileSystems.newFileSystem(file, Map.of())) {
            change.in(zip);
        }
    }

    private interface ThrowingChange {
        void in(FileSystem zip) throws IOException;
    }

    private void rewrite(String entry, UnaryOperator<String> change) throws IOException {
        inside(zip -> {
            String before = Files.readString(zip.getPath(entry));
            String after = change.apply(before);
            assertThat(after).isNotEqualTo(before);
            Files.writeString(zip.getPath(entry), after, StandardCharsets.UTF_8);
        });
    }

    private void refused(String... parts) {
        assertThatThrownBy(() -> Dl4jModel.load(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("model.zip")
                .hasMessageContainingAll(parts);
    }

    /** Would be made by a reader that believes the file. */
    public static final class Evil implements Serializable {
        private static final long serialVersionUID = 1L;

        static boolean made;

        private void readObject(java.io.ObjectInputStream in) {
            made = true;
        }
    }

    @Test
    void as_saved_it_loads() throws IOException {
        assertThat(Dl4jModel.load(file).graph().params())
                .isEqualTo(model.graph().params());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"@class\" : \"javax.script.ScriptEngineManager\"",
                "\"\\u0040class\" : \"javax.script.ScriptEngineManager\"",
                "\"x\" : [ \"javax.script.ScriptEngineManager\", { } ]",
                "\"x\" : \"{\\\"@class\\\": \\\"javax.script.ScriptEngineManager\\\"}\""
            })
    void foreign_classes_are_not_made(String json) throws IOException {
        rewrite("configuration.json", text -> text.replaceFirst("\\{", "{ " + json.replace("\\", "\\\\") + ","));
        refused("configuration.json", "'javax.script.ScriptEngineManager'", "not trusted");
    }

    /** Jackson takes both for the name of a class, and a task is called so. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"@class\":\"javax.script.ScriptEngineManager<java.lang.Object>\"}",
                "[\"javax.script.ScriptEngineManager\",{}]"
            })
    void classes_are_not_made_by_way_of_type_parameters_or_names(String spec) throws IOException {
        for (String entry : List.of("mtl.json", "configuration.json")) {
            Dl4jModel named = Dl4jModel.create(
                    MultiTaskNetwork.builder(Shape.vector(3))
                            .tower("a", SplitHead.of(Task.regression("javax.script.ScriptEngineManager", 1)))
                            .dense("fc", 4)
                            .build(),
                    TrainingPlan.adam(1e-3));
            named.save(file);
            assertThat(Dl4jModel.load(file).network()).isEqualTo(named.network());
            rewrite(
                    entry,
                    text -> entry.equals("mtl.json")
                            ? text.replaceFirst("\"spec\" ?: ?\\{[^}]*}", "\"spec\":" + spec)
                            : text.replaceFirst("\\{", "{ \"x\" : " + spec + ","));
            refused(entry, "'javax.script.ScriptEngineManager", "not trusted");
        }
    }

    @Test
    void classes_of_a_package_that_the_caller_trusts_are_let_through() throws IOException {
        rewrite("configuration.json", text -> text.replaceFirst("\\{", "{ \"x\" : \"com.example.layers.Mine\","));
        refused("com.example.layers.Mine");
        assertThat(Dl4jModel.load(file, "com.example.layers").graph().params())
                .isEqualTo(model.graph().params());
        refused("not trusted");
    }

    @Test
    void names_may_look_like_classes_and_like_json() throws IOException {
        Dl4jModel dotted = Dl4jModel.create(
                MultiTaskNetwork.builder(Shape.vector(3))
                        .tower(
                                "tower.a",
                                SplitHead.of(Task.classification("org.example.Evil", "St.Louis", "[other]", "{")))
                        .tower("tower.b", SplitHead.of(Task.regression("face.points", 1)))
                        .dense("stage.fc", 4)
                        .stitch("at.stage", CrossStitchUnit.perLayer().withTowers("tower.a", "tower.b"))
                        .regularize(WeightRelatednessRegularizer.over("stage.fc"))
                        .build(),
                TrainingPlan.adam(1e-3));
        dotted.save(file);
        Dl4jModel loaded = Dl4jModel.load(file);
        assertThat(loaded.network()).isEqualTo(dotted.network());
        assertThat(loaded.graph().params()).isEqualTo(dotted.graph().params());

        rewrite(
                "configuration.json",
                text -> text.replaceFirst("\\{", "{ \"x\" : { \"@class\" : \"org.example.Evil\" },"));
        refused("configuration.json", "'org.example.Evil'", "not trusted"); // a name is no class
    }

    @Test
    void classes_in_the_description_are_looked_at_too() throws IOException {
        rewrite(
                "mtl.json",
                text -> text.replaceFirst("\"network\" ?: ?\\{", "\"network\" : { \"x\": \"java.lang.Runtime\","));
        refused("mtl.json", "java.lang.Runtime");
    }

    @Test
    void entries_that_do_not_belong_there_are_refused() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(new Evil());
        }
        inside(zip -> Files.write(zip.getPath("preprocessor.bin"), bytes.toByteArray()));
        refused("'preprocessor.bin' does not belong into a model");
        assertThat(Evil.made).isFalse();
    }

    @Test
    void an_entry_that_unpacks_to_more_than_its_network_needs_is_refused() throws IOException {
        inside(zip -> {
            try (var out = Files.newOutputStream(zip.getPath("updaterState.bin"))) {
                byte[] zeros = new byte[1 << 20];
                for (int i = 0; i < 330; i++) {
                    out.write(zeros);
                }
            }
        });
        assertThat(Files.size(file)).isLessThan(1 << 20);
        refused("unpacked it is larger than");
    }

    @Test
    void lengths_that_are_not_the_network_s_are_refused_before_memory_is_asked_for() throws IOException {
        inside(zip -> Files.write(zip.getPath("coefficients.bin"), row("MIXED_DATA_TYPES", 1L << 40, "FLOAT")));
        refused("coefficients.bin", "1099511627776 numbers");
        inside(zip -> Files.write(zip.getPath("coefficients.bin"), row("MIXED_DATA_TYPES", 3, "FLOAT")));
        refused("coefficients.bin", "it ends early");
        inside(zip -> Files.write(zip.getPath("coefficients.bin"), row("MIXED_DATA_TYPES", 3, "UTF8")));
        refused("coefficients.bin", "type 'UTF8'");
        inside(zip -> Files.write(zip.getPath("coefficients.bin"), row("HEAP", 3, "FLOAT")));
        refused("coefficients.bin", "mode 'HEAP'");
        inside(zip -> Files.delete(zip.getPath("coefficients.bin")));
        refused("coefficients.bin", "no parameters");
        inside(zip -> Files.delete(zip.getPath("configuration.json")));
        refused("configuration.json", "missing");
    }

    private static byte[] row(String mode, long length, String type) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeUTF("MIXED_DATA_TYPES");
        out.writeLong(8);
        out.writeUTF("LONG");
        for (long number : new long[] {2, 1, length, 1, 1, 8192, 1, 99}) {
            out.writeLong(number);
        }
        out.writeUTF(mode);
        out.writeLong(length);
        out.writeUTF(type);
        out.writeFloat(1);
        return bytes.toByteArray();
    }

    @Test
    void descriptions_that_lack_parts_or_lie_too_deep_are_refused() throws IOException {
        byte[] good = Files.readAllBytes(file);
        String deep = "[".repeat(200_000) + "]".repeat(200_000);
        for (String description : new String[] {
            "null",
            "{}",
            "[]",
            "{\"format\":1}",
            "{\"format\":1,\"network\":null,\"plan\":null}",
            deep,
            "{\"network\":" + deep + "}"
        }) {
            Files.write(file, good);
            inside(zip -> Files.writeString(zip.getPath("mtl.json"), description));
            assertThatIOException().isThrownBy(() -> Dl4jModel.load(file)).withMessageContaining("model.zip");
        }
        Files.write(file, good);
        inside(zip -> Files.writeString(zip.getPath("configuration.json"), deep));
        assertThatIOException().isThrownBy(() -> Dl4jModel.load(file)).withMessageContaining("deep");
    }

    /** Seeded; {@code -Dmtl.fuzz.rounds=N} and {@code -Dmtl.fuzz.seed=N} for more. Of a changed file either the model comes out or an IOException. */
    @Test
    void no_change_of_bytes_brings_anything_but_an_io_exception() throws IOException {
        byte[] good = Files.readAllBytes(file);
        Random random = new Random(Long.getLong("mtl.fuzz.seed", 7));
        int refused = 0;
        int rounds = Integer.getInteger("mtl.fuzz.rounds", 300);
        for (int round = 0; round < rounds; round++) {
            byte[] bytes = round % 3 == 0 ? java.util.Arrays.copyOf(good, random.nextInt(good.length)) : good.clone();
            for (int changes = random.nextInt(4); changes >= 0 && bytes.length > 0; changes--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            Files.write(file, bytes);
            try {
                Dl4jModel.load(file);
            } catch (IOException e) {
                assertThat(e).hasMessageContaining("model.zip");
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(rounds / 2);
        // inside of the entries, where no check sum helps
        String[] entries = {"mtl.json", "configuration.json", "coefficients.bin", "updaterState.bin"};
        for (int round = 0; round < rounds; round++) {
            Files.write(file, good);
            String entry = entries[round % entries.length];
            inside(zip -> {
                byte[] bytes = Files.readAllBytes(zip.getPath(entry));
                for (int changes = random.nextInt(3); changes >= 0; changes--) {
                    bytes[random.nextInt(Math.min(bytes.length, 4000))] = (byte) (32 + random.nextInt(95));
                }
                Files.write(zip.getPath(entry), bytes);
            });
            try {
                Dl4jModel.load(file);
            } catch (IOException e) {
                assertThat(e).hasMessageContaining("model.zip");
            }
        }
    }
}
