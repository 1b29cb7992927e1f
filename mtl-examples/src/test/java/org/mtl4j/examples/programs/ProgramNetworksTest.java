package org.mtl4j.examples.programs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.mtl4j.data.TableEncoding;
import org.mtl4j.data.TableSchema;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.onnx.OnnxExport;
import org.mtl4j.examples.testing.EngineAnswers;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.train.TrainingPlan;

/**
 * The network of each program answers in ONNX Runtime, and in the library's own engine, as it does in its model. Which
 * there are is found out: all static methods of programs that give one.
 */
class ProgramNetworksTest {
    private static final Path SOURCES = Path.of("src/main/java/org/mtl4j/examples");

    /** What begins a network. */
    private static final Pattern NETWORK =
            Pattern.compile("MultiTaskNetwork\\.builder\\(|encoding\\.network\\(|\\.toBuilder\\(\\)"
                    + "|StitchedGraph\\.builder\\(|new ComputationGraph\\(");

    /** By file with networks that no method of it gives which test exports them, or has them refused. */
    private static final Map<String, String> ELSEWHERE = Map.of(
            "HandWritten.java", "cli/ExportCommandTest.java",
            "StitchTrained.java", "cli/ExportCommandTest.java",
            "NetworkVariant.java", "cli/ExportCommandTest.java",
            "TrainTableCommand.java", "cli/TableCommandsTest.java",
            "ServiceLoad.java", "service/FaceServiceTest.java",
            "PredictionEngines.java", "cli/DoctorCommandTest.java",
            "SpeedCheck.java", "nowhere: layers that are compared, not a network to be used");

    private record Case(String name, MultiTaskNetwork network) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static List<Path> sources() {
        try (Stream<Path> files = Files.walk(SOURCES)) {
            return files.filter(file -> file.toString().endsWith(".java"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Method> networkMethods(Path source) {
        try {
            Class<?> program = Class.forName(ProgramNetworksTest.class.getPackageName() + "."
                    + source.getFileName().toString().replace(".java", ""));
            return Stream.of(program.getDeclaredMethods())
                    .filter(method -> Modifier.isStatic(method.getModifiers()) && !method.isSynthetic())
                    .filter(method -> method.getReturnType() == MultiTaskNetwork.class)
                    .toList();
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(e);
        }
    }

    private static boolean isProgram(Path source) {
        return source.getParent().endsWith("programs") && !source.endsWith("package-info.java");
    }

    static Stream<Case> networks() throws ReflectiveOperationException {
        List<Case> cases = new ArrayList<>();
        for (Path source :
                sources().stream().filter(ProgramNetworksTest::isProgram).toList()) {
            for (Method method : networkMethods(source)) {
                for (Object[] arguments : arguments(method)) {
                    String name = method.getDeclaringClass().getSimpleName() + "." + method.getName();
                    String given = arguments.length == 0 ? "" : " " + arguments[arguments.length - 1];
                    cases.add(new Case(name + (given.length() > 10 ? "" : given), (MultiTaskNetwork)
                            method.invoke(null, arguments)));
                }
            }
        }
        return cases.stream();
    }

    /** Each list of arguments that tells networks apart. */
    private static List<Object[]> arguments(Method method) throws ReflectiveOperationException {
        List<Object[]> all = new ArrayList<>();
        all.add(new Object[method.getParameterCount()]);
        for (int i = 0; i < method.getParameterCount(); i++) {
            List<Object> values = values(method.getDeclaringClass(), method.getParameterTypes()[i]);
            List<Object[]> more = new ArrayList<>();
            for (Object[] before : all) {
                for (Object value : values) {
                    Object[] with = before.clone();
                    with[i] = value;
                    more.add(with);
                }
            }
            all = more;
        }
        return all;
    }

    private static List<Object> values(Class<?> program, Class<?> type) throws ReflectiveOperationException {
        if (type == boolean.class) {
            return List.of(true, false);
        }
        if (type == double.class) {
            return List.of(0.1);
        }
        if (type == MultiTaskNetwork.class) { // what a network is made of
            return List.of(program.getDeclaredMethod("network").invoke(null));
        }
        if (type == TableEncoding.class) {
            return List.of(
                    encoding((TableSchema) program.getDeclaredField("SCHEMA").get(null)));
        }
        throw new IllegalStateException("no %s is known for a network of %s".formatted(type, program));
    }

    /** Fits an encoding to three rows, each of other categories. */
    private static TableEncoding encoding(TableSchema schema) {
        TableEncoding.Fitter fitter = TableEncoding.fitter(schema);
        for (int row = 0; row < 3; row++) {
            int of = row;
            fitter.add(schema.usedColumns().stream()
                    .map(column -> schema.isNumber(column) ? (Object) (1.5 * of) : "text " + of)
                    .toArray());
        }
        return fitter.build();
    }

    @ParameterizedTest
    @MethodSource("networks")
    void both_engines_answer_as_the_model_does(Case each) {
        Dl4jModel model =
                Dl4jModel.create(each.network(), TrainingPlan.adam(1e-3).withSeed(3));
        if (each.name().equals("OwnUnit.network")) { // only its author knows what it computes
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> OnnxExport.of(model))
                    .withMessageContaining("OwnUnit$Common");
            assertThatIllegalArgumentException().isThrownBy(model::predictor).withMessageContaining("OwnUnit$Common");
        } else {
            EngineAnswers.assertAlike(model);
        }
    }

    @Test
    void no_network_of_an_example_is_forgotten() throws IOException {
        for (Path source : sources()) {
            long begun = NETWORK.matcher(Files.readString(source)).results().count();
            String file = source.getFileName().toString();
            if (ELSEWHERE.containsKey(file)) {
                assertThat(begun)
                        .as("networks of %s, which are exported elsewhere", file)
                        .isPositive();
            } else if (isProgram(source)) {
                assertThat(networkMethods(source))
                        .as("static methods of %s that give a network, each of those that it builds", file)
                        .hasSize((int) begun);
            } else {
                assertThat(begun)
                        .as("networks of %s: name the test that exports them", file)
                        .isZero();
            }
        }
    }
}
