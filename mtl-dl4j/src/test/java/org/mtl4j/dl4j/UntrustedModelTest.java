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
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mtl4j.dl4j.layer.Dl4jLayer;
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
    /** Of a layer {@code fc} of 4 units that reads 3 numbers. */
    private static final String WEIGHTS = "parameters/towers/a/fc/W.npy";

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
                Dl4jModel.create(model.network(), TrainingPlan.adam(1e-3).withDataType(type));
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

    /** A model with a layer of Deeplearning4j's, whose configuration names classes. */
    private Dl4jModel withLayerOfDeeplearning4j() throws IOException {
        Dl4jModel wrapped = Dl4jModel.create(
                MultiTaskNetwork.builder(Shape.vector(3))
                        .tower("a", SplitHead.of(Task.regression("x", 1)))
                        .layer(
                                "fc",
                                Dl4jLayer.of(new DenseLayer.Builder()
                                        .nOut(4)
                                        .name("my.layer")
                                        .build()))
                        .build(),
                TrainingPlan.adam(1e-3));
        wrapped.save(file);
        assertThat(Dl4jModel.load(file).network()).isEqualTo(wrapped.network());
        return wrapped;
    }

    /** Puts something in front of everything that is in the configuration of that layer. */
    private void intoConfiguration(String json) throws IOException {
        String quoted = json.replace("\\", "\\\\").replace("\"", "\\\"");
        rewrite(
                "network.json",
                text -> text.replace("\"configuration\" : \"{", "\"configuration\" : \"{" + quoted + ","));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"@class\" : \"javax.script.ScriptEngineManager\"",
                "\"\\u0040class\" : \"javax.script.ScriptEngineManager\"",
                "\"x\" : [ \"javax.script.ScriptEngineManager\", { } ]",
                "\"x\" : \"{\\\"@class\\\": \\\"javax.script.ScriptEngineManager\\\"}\"",
                "\"x\" : {\"@class\":\"javax.script.ScriptEngineManager<java.lang.Object>\"}",
                "\"layerName\" : [ \"javax.script.ScriptEngineManager\", { } ]",
                "\"javax.script.ScriptEngineManager\" : 1"
            })
    void foreign_classes_are_not_made(String json) throws IOException {
        withLayerOfDeeplearning4j();
        intoConfiguration(json);
        refused(
                "network.json",
                "the configuration of a Deeplearning4j layer",
                "'javax.script.ScriptEngineManager",
                "not trusted");
    }

    /** Jackson takes both for the name of a class, and a task is called so. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    {"type":"class","class":"javax.script.ScriptEngineManager<java.lang.Object>"} | not trusted
                    {"type":"class","class":"javax.script.ScriptEngineManager"} | not trusted
                    {"type":"javax.script.ScriptEngineManager"} | there is no layer
                    {"@class":"javax.script.ScriptEngineManager"} | 'type' is missing
                    ["javax.script.ScriptEngineManager",{}] | expected an object, got an array
                    """)
    void classes_are_not_made_by_way_of_type_parameters_or_names(String spec, String why) throws IOException {
        Dl4jModel named = Dl4jModel.create(
                MultiTaskNetwork.builder(Shape.vector(3))
                        .tower("a", SplitHead.of(Task.regression("javax.script.ScriptEngineManager", 1)))
                        .dense("fc", 4)
                        .build(),
                TrainingPlan.adam(1e-3));
        named.save(file);
        assertThat(Dl4jModel.load(file).network()).isEqualTo(named.network());
        rewrite("network.json", text -> text.replaceFirst("\"layer\" : \\{[^}]*}", "\"layer\":" + spec));
        refused("network.json", why);
    }

    @Test
    void classes_of_a_package_that_the_caller_trusts_are_let_through() throws IOException {
        Dl4jModel wrapped = withLayerOfDeeplearning4j();
        intoConfiguration("\"x\" : \"com.example.layers.Mine\"");
        refused("com.example.layers.Mine");
        assertThat(Dl4jModel.load(file, "com.example.layers").graph().params())
                .isEqualTo(wrapped.graph().params());
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
                "network.json",
                text -> text.replaceFirst(
                        "\"relatedness\" : \\{[^}]*}",
                        "\"relatedness\" : { \"type\" : \"class\", \"class\" : \"org.example.Evil\" }"));
        refused("network.json", "'org.example.Evil'", "not trusted"); // a name is no class
    }

    @Test
    void what_the_description_should_not_have_is_refused() throws IOException {
        rewrite("network.json", text -> text.replaceFirst("\\{", "{ \"x\": \"java.lang.Runtime\","));
        refused("network.json", "'x' is not known here");
        save();
        rewrite("plan.json", text -> text.replaceFirst("\"adam\"", "\"java.lang.Runtime\""));
        refused("plan.json", "there is no updater 'java.lang.Runtime'");
        save();
        rewrite("plan.json", text -> text.replaceFirst("\"adam\"", "\"class\", \"class\" : \"java.lang.Runtime\""));
        refused("plan.json", "'java.lang.Runtime'", "not trusted");
        save();
        rewrite("model.json", text -> text.replaceFirst("\"iterations\" : 0", "\"iterations\" : -1"));
        refused("model.json", "iterations -1");
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
        save();
        inside(zip -> Files.write(zip.getPath("parameters/other.npy"), new byte[] {1}));
        refused("'parameters/other.npy' does not belong into a model");
        save();
        inside(zip -> {
            Files.createDirectories(zip.getPath("average/towers/a/fc"));
            Files.copy(zip.getPath(WEIGHTS), zip.getPath("average/towers/a/fc/W.npy"));
        });
        refused("average/", "does not belong into a model"); // no run is under way
    }

    @Test
    void an_entry_that_unpacks_to_more_than_its_network_needs_is_refused() throws IOException {
        inside(zip -> {
            try (var out = Files.newOutputStream(zip.getPath("updater/towers/a/fc/W/first-moment.npy"))) {
                byte[] zeros = new byte[1 << 20];
                for (int i = 0; i < 460; i++) {
                    out.write(zeros);
                }
            }
        });
        assertThat(Files.size(file)).isLessThan(1 << 20);
        refused("unpacked it is larger than");
    }

    private void weights(byte[] bytes) throws IOException {
        inside(zip -> Files.write(zip.getPath(WEIGHTS), bytes));
    }

    private static byte[] numPy(String version, String header, int numbers) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(0x93);
        out.writeBytes(("NUMPY" + version).getBytes(StandardCharsets.ISO_8859_1));
        out.write(header.length() & 0xff);
        out.write(header.length() >> 8);
        out.writeBytes(header.getBytes(StandardCharsets.US_ASCII));
        out.writeBytes(new byte[numbers * Float.BYTES]);
        return out.toByteArray();
    }

    @Test
    void arrays_that_are_not_the_network_s_are_refused_before_memory_is_asked_for() throws IOException {
        String good = "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }\n";
        weights(numPy("\1\0", good, 12));
        assertThat(Dl4jModel.load(file)
                        .graph()
                        .getVertex("a/fc")
                        .paramTable(false)
                        .get("W")
                        .sumNumber()
                        .doubleValue())
                .isZero();
        for (String[] change : new String[][] {
            {"(3, 4)", "(4, 3)", "an array of the shape [4, 3], expected [3, 4]"},
            {"(3, 4)", "(12,)", "an array of the shape [12], expected [3, 4]"},
            {"(3, 4)", "(1099511627776, 4)", "an array of the shape [1099511627776, 4]"},
            {"<f4", "<f8", "numbers of type '<f8', expected '<f4'"},
            {"<f4", "|u1", "numbers of type '|u1'"},
            {"False", "True", "Fortran"},
            {"'shape'", "'os.system'", "a header that is not understood"},
            {"<f4", "<f4' * 3, 'x': '", "a header that is not understood"}
        }) {
            weights(numPy("\1\0", good.replace(change[0], change[1]), 12));
            refused(WEIGHTS, "damaged", change[2]);
        }
        weights(numPy("\2\0", good, 12));
        refused(WEIGHTS, "not an array in NumPy's format of version 1.0");
        weights(numPy("\1\0", good, 13));
        refused(WEIGHTS, "goes on behind its numbers");
        weights(numPy("\1\0", " ".repeat(2000) + good, 12));
        refused(WEIGHTS, "a header of");
        weights(numPy("\1\0", good, 3));
        refused(WEIGHTS, "it ends early");
        weights(numPy("\1\0", " ".repeat(900) + good, 3));
        refused(WEIGHTS, "header");
        weights(numPy("\1\0", good.replace("\n", " ".repeat(200) + "\n"), 11));
        refused(WEIGHTS, "it ends early");
        save();
        inside(zip -> Files.delete(zip.getPath("updater/towers/a/fc/W/first-moment.npy")));
        refused("the entry updater/towers/a/fc/W/first-moment.npy is missing");
        save();
        inside(zip -> Files.delete(zip.getPath(WEIGHTS)));
        refused("parameters");
        for (String text : List.of("network.json", "plan.json", "history.json")) {
            save();
            inside(zip -> Files.delete(zip.getPath(text)));
            refused(text, "missing");
        }
        save();
        inside(zip -> Files.delete(zip.getPath("model.json")));
        refused("not a model of this library, it has no entry model.json");
    }

    /** Memory is asked for by what is in the file, not by what it says of itself. */
    @Test
    void a_network_that_is_larger_than_its_arrays_is_refused() throws IOException {
        rewrite("network.json", text -> text.replace("\"units\" : 4", "\"units\" : 2000000000"));
        refused("too few for");
    }

    @Test
    void a_newer_format_is_refused() throws IOException {
        rewrite("model.json", text -> text.replace("\"format\" : 2", "\"format\" : 3"));
        inside(zip -> Files.writeString(zip.getPath("new.json"), "{}"));
        refused("written in format 3; this version of the library reads formats 1 to 2");
    }

    @ParameterizedTest
    @ValueSource(strings = {"model.json", "network.json", "plan.json", "history.json"})
    void descriptions_that_lack_parts_or_lie_too_deep_are_refused(String entry) throws IOException {
        byte[] good = Files.readAllBytes(file);
        String deep = "[".repeat(200_000) + "]".repeat(200_000);
        for (String description : new String[] {
            "",
            "null",
            "{}",
            "[]",
            "{\"format\":1}",
            "{\"format\":2}",
            "{\"format\":1,\"network\":null,\"plan\":null}",
            deep,
            "{\"network\":" + deep + "}"
        }) {
            Files.write(file, good);
            inside(zip -> Files.writeString(zip.getPath(entry), description));
            refused(entry);
        }
        Files.write(file, good);
        inside(zip -> Files.writeString(zip.getPath(entry), deep));
        refused("deep");
    }

    /**
     * Seeded; {@code -Dmtl.fuzz.rounds=N} and {@code -Dmtl.fuzz.seed=N} for more. Of a changed file either the model
     * comes out or an IOException.
     */
    @Tag("slow")
    @Test
    void no_change_of_bytes_brings_anything_but_an_io_exception() throws IOException {
        fuzz("model.json", "network.json", "plan.json", "history.json", WEIGHTS, "updater/tasks/x/b/second-moment.npy");
    }

    private void fuzz(String... entries) throws IOException {
        byte[] good = Files.readAllBytes(file);
        Random random = new Random(Long.getLong("mtl.fuzz.seed", 7));
        int refused = 0;
        int rounds = Integer.getInteger("mtl.fuzz.rounds", 300);
        for (int round = 0; round < rounds; round++) {
            byte[] bytes = round % 3 == 0 ? Arrays.copyOf(good, random.nextInt(good.length)) : good.clone();
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

    // ---- files of format 1 ----

    private void formatOne(String name) throws IOException {
        Files.write(
                file, Files.readAllBytes(Path.of("src/test/resources/format-1").resolve(name)));
        Dl4jModel.load(file);
    }

    @Test
    void foreign_classes_in_format_1_are_not_made() throws IOException {
        for (String[] change : new String[][] {
            {"org.nd4j.linalg.lossfunctions.impl.LossMSE", "javax.script.ScriptEngineManager"},
            {"org.nd4j.linalg.learning.config.Nesterovs", "javax.script.ScriptEngineManager"},
            {"mtl.layer.Dense", "javax.script.ScriptEngineManager"}
        }) {
            formatOne("exact.zip");
            rewrite("mtl.json", text -> text.replace(change[0], change[1]));
            refused("mtl.json", "'javax.script.ScriptEngineManager'", "not trusted");
        }
        formatOne("exact.zip");
        rewrite(
                "mtl.json",
                text -> text.replace("mtl.stitch.CrossStitchUnit$OwnShare", "javax.script.ScriptEngineManager"));
        refused("mtl.json", "'javax.script.ScriptEngineManager' is none of");
        formatOne("relatedness.zip");
        rewrite(
                "mtl.json",
                text -> text.replace("mtl.relatedness.NormRelatedness", "javax.script.ScriptEngineManager"));
        refused("mtl.json", "'javax.script.ScriptEngineManager'", "not trusted");
        formatOne("relatedness.zip");
        rewrite(
                "mtl.json",
                text -> text.replace(
                        "org.nd4j.linalg.schedule.ExponentialSchedule", "javax.script.ScriptEngineManager"));
        refused("mtl.json", "javax.script.ScriptEngineManager");
        formatOne("dl4j-layer.zip");
        rewrite(
                "mtl.json",
                text -> text.replace("org.deeplearning4j.nn.conf.layers.LSTM", "javax.script.ScriptEngineManager"));
        refused("mtl.json", "'javax.script.ScriptEngineManager'", "not trusted");
    }

    @Test
    void lengths_in_format_1_that_are_not_the_network_s_are_refused_before_memory_is_asked_for() throws IOException {
        formatOne("exact.zip");
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
    void descriptions_in_format_1_that_lack_parts_or_lie_too_deep_are_refused() throws IOException {
        formatOne("exact.zip");
        byte[] good = Files.readAllBytes(file);
        String deep = "[".repeat(200_000) + "]".repeat(200_000);
        for (String entry : List.of("mtl.json", "configuration.json")) {
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
                inside(zip -> Files.writeString(zip.getPath(entry), description));
                assertThatIOException().isThrownBy(() -> Dl4jModel.load(file)).withMessageContaining("model.zip");
            }
            Files.write(file, good);
            inside(zip -> Files.writeString(zip.getPath(entry), deep));
            refused("deep");
        }
        Files.write(file, good);
        inside(zip -> Files.write(zip.getPath("preprocessor.bin"), new byte[1]));
        refused("'preprocessor.bin' does not belong into a model");
    }

    @Test
    void parameters_in_format_1_are_refused_where_the_graph_has_another_order() throws IOException {
        formatOne("exact.zip");
        rewrite(
                "configuration.json",
                text -> text.replaceFirst("\"one/conv\", *\"two.b/conv\"", "\"two.b/conv\", \"one/conv\""));
        refused("vertices in the order [two.b/conv, one/conv");
    }

    @Tag("slow")
    @Test
    void no_change_of_bytes_of_format_1_brings_anything_but_an_io_exception() throws IOException {
        formatOne("exact.zip");
        fuzz("mtl.json", "configuration.json", "coefficients.bin", "updaterState.bin");
    }
}
