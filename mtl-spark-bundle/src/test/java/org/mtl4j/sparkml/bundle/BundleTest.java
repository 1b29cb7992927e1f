package org.mtl4j.sparkml.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The bundle as {@code spark-submit --packages} takes it, on the jars of a Spark distribution, whose Guava 14 comes
 * first. Runs when the jar has been made.
 */
@Tag("slow")
class BundleTest {
    private static final Path JAR = Path.of(System.getProperty("bundle.jar"));

    @TempDir
    Path folder;

    private static List<Path> paths(String property) throws IOException {
        return Arrays.stream(Files.readString(Path.of(System.getProperty(property)))
                        .strip()
                        .split(File.pathSeparator))
                .map(Path::of)
                .toList();
    }

    /** The jars of Spark, those that it has of its own versions first. */
    private static List<Path> spark() throws IOException {
        List<Path> jars = new ArrayList<>();
        try (Stream<Path> own = Files.list(Path.of(System.getProperty("spark.own")))) {
            own.sorted().forEach(jars::add);
        }
        jars.addAll(paths("spark.classpath"));
        return jars;
    }

    private static String joined(List<Path> jars, String between) {
        return String.join(between, jars.stream().map(Path::toString).toList());
    }

    /** A program of the user's: its class, as a jar. */
    private Path job() throws IOException {
        Path jar = folder.resolve("job.jar");
        String name = BundleJob.class.getName().replace('.', '/') + ".class";
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar));
                var in = BundleJob.class.getResourceAsStream("/" + name)) {
            out.putNextEntry(new JarEntry(name));
            in.transferTo(out);
        }
        return jar;
    }

    /** A repository with the bundle and its pom, as it is released, and those that Maven has filled for this build. */
    private Path ivySettings() throws IOException {
        Path repository = folder.resolve("repository");
        String version = System.getProperty("bundle.version");
        copy(JAR, repository, "mtl-spark-bundle", version, "jar");
        copy(Path.of(System.getProperty("bundle.pom")), repository, "mtl-spark-bundle", version, "pom");
        copy(Path.of(System.getProperty("bundle.parent")), repository, "mtl-parent", version, "pom");
        return Files.writeString(folder.resolve("ivysettings.xml"), """
                <ivysettings>
                    <settings defaultResolver="all"/>
                    <caches useOrigin="true"/>
                    <resolvers>
                        <chain name="all">
                            <ibiblio name="bundle" m2compatible="true" root="%s"/>
                            <ibiblio name="maven" m2compatible="true" root="%s"/>
                        </chain>
                    </resolvers>
                </ivysettings>
                """.formatted(
                        repository.toUri(),
                        Path.of(System.getProperty("local.repository")).toUri()));
    }

    private static void copy(Path file, Path repository, String artifact, String version, String extension)
            throws IOException {
        Path place = repository.resolve("org/mtl4j").resolve(artifact).resolve(version);
        Files.createDirectories(place);
        Files.copy(file, place.resolve("%s-%s.%s".formatted(artifact, version, extension)));
    }

    /** What {@code spark-submit} starts; {@return what it has printed} */
    private String submit(String... options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(Arrays.asList(System.getProperty("spark.opens").strip().split("\\s+")));
        command.addAll(List.of("-Xmx1g", "-XX:+UseSerialGC", "-Dorg.bytedeco.javacpp.maxphysicalbytes=4g"));
        command.addAll(List.of("-cp", joined(spark(), File.pathSeparator), "org.apache.spark.deploy.SparkSubmit"));
        command.addAll(List.of("--master", "local[2]", "--class", BundleJob.class.getName()));
        command.addAll(List.of("--conf", "spark.ui.enabled=false", "--conf", "spark.driver.host=127.0.0.1"));
        command.addAll(Arrays.asList(options));
        command.addAll(List.of(job().toString(), folder.resolve("saved").toUri().toString()));
        Path log = folder.resolve("log");
        ProcessBuilder process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        process.environment().put("OMP_NUM_THREADS", "1");
        process.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
        process.environment().remove("SPARK_HOME");
        process.start().waitFor();
        return Files.readString(log, StandardCharsets.UTF_8);
    }

    @Test
    void one_coordinate_trains_and_predicts_where_guava_14_comes_first() throws IOException, InterruptedException {
        Path ivy = folder.resolve("ivy");
        String said = submit(
                "--conf", "spark.jars.ivySettings=" + ivySettings(),
                "--conf", "spark.jars.ivy=" + ivy,
                "--packages", "org.mtl4j:mtl-spark-bundle:" + System.getProperty("bundle.version"));
        Matcher right = Pattern.compile("^right: (\\d+)$", Pattern.MULTILINE).matcher(said);
        assertThat(said).containsPattern("Guava: .*guava-14\\.0\\.1\\.jar");
        assertThat(right.find()).as(said).isTrue();
        assertThat(Integer.parseInt(right.group(1))).isGreaterThan(BundleJob.ROWS * 9 / 10);

        // the pom that is released brings what this build has, but for what is in the jar and what Spark has
        List<String> inIt = List.of(
                "mtl-",
                "guava-33",
                "failureaccess",
                "listenablefuture",
                "j2objc",
                "error_prone",
                "nd4j-native-1",
                "nd4j-native-preset",
                "nd4j-presets",
                "openblas");
        List<String> brought;
        try (Stream<Path> jars = Files.list(ivy.resolve("jars"))) {
            brought = jars.map(jar -> jar.getFileName().toString().replaceFirst("^[^_]+_", ""))
                    .sorted()
                    .toList();
        }
        List<String> ofSpark = spark().stream().map(BundleTest::artifact).toList();
        assertThat(brought)
                .containsAll(paths("bundle.classpath").stream()
                        .filter(jar -> !ofSpark.contains(artifact(jar)))
                        .map(jar -> jar.getFileName().toString())
                        .filter(name -> inIt.stream().noneMatch(name::startsWith))
                        .filter(name -> !name.matches("javacpp-[0-9.]+-[a-z].*")) // natives
                        .toList())
                .noneMatch(name -> name.matches("(guava-33|slf4j|mtl-api|nd4j-native-1|openblas).*"));
    }

    /** The name of a jar without version and what follows it. */
    private static String artifact(Path jar) {
        return jar.getFileName().toString().replaceFirst("-[0-9].*", "");
    }

    @Test
    void without_a_guava_of_its_own_it_would_fail() throws IOException, InterruptedException {
        List<Path> modules = paths("bundle.classpath");
        assertThat(modules).anyMatch(jar -> jar.getFileName().toString().startsWith("guava-33"));
        assertThat(submit("--jars", joined(modules, ",")))
                .containsPattern("Guava: .*guava-14\\.0\\.1\\.jar")
                .containsPattern("(NoSuchMethodError|NoClassDefFoundError|NoSuchFieldError).*google")
                .doesNotContain("right: ");
    }

    @Test
    void holds_what_tables_need_and_nothing_that_is_not_there() throws IOException {
        try (JarFile jar = new JarFile(JAR.toFile())) {
            List<String> names = jar.stream()
                    .map(JarEntry::getName)
                    .filter(name -> !name.endsWith("/"))
                    .toList();
            assertThat(names)
                    .allMatch(name ->
                            name.matches("(org/mtl4j|org/nd4j|org/bytedeco|META-INF)/.*|nd4j-native.properties"))
                    .contains(
                            "org/mtl4j/sparkml/MultiTaskEstimator.class",
                            "org/mtl4j/table/TableReader.class",
                            "org/mtl4j/shaded/guava/collect/ImmutableList.class",
                            "org/nd4j/linalg/cpu/nativecpu/CpuBackend.class",
                            "META-INF/services/org.nd4j.linalg.factory.Nd4jBackend")
                    .noneMatch(name -> name.matches("org/mtl4j/(faces|image|mtfl|corpora|synthetic)/.*"));
        }
        List<Path> beside = new ArrayList<>(paths("bundle.classpath"));
        beside.removeIf(jar -> jar.toString().matches(".*(mtl-[a-z0-9]+[/\\\\]target|google[/\\\\]guava).*"));
        beside.addAll(spark());
        StringWriter missing = new StringWriter();
        int code = ToolProvider.findFirst("jdeps")
                .orElseThrow()
                .run(
                        new PrintWriter(missing),
                        new PrintWriter(missing),
                        "--missing-deps",
                        "--multi-release",
                        "base",
                        "-cp",
                        joined(beside, File.pathSeparator),
                        JAR.toString());
        assertThat(code).as(missing.toString()).isZero();
        // annotations of Guava's sources, which nobody reads
        assertThat(missing.toString()
                        .lines()
                        .filter(line -> line.contains("->"))
                        .filter(line -> !line.matches(".*-> com\\.google\\.(errorprone|j2objc)\\..*")))
                .isEmpty();
    }
}
