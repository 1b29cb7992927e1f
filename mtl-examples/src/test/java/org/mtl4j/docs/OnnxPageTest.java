package org.mtl4j.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mtl4j.dl4j.serving.Predictors;
import org.mtl4j.examples.testing.Browser;
import org.mtl4j.examples.testing.CommandRun;
import org.mtl4j.faces.Box;
import org.mtl4j.faces.FaceAnswer;
import org.mtl4j.faces.FacePredictor;
import org.mtl4j.faces.Point;
import org.mtl4j.image.ImageDecoder;
import org.mtl4j.serving.Predictor;
import org.mtl4j.synthetic.SyntheticFaces;
import org.mtl4j.task.Task;

/**
 * What docs/onnx.md shows in Python and in a browser is run, as it stands there, on the file of a model of faces, and
 * answers what the model does. Needs a Python with numpy, onnxruntime and Pillow ({@code -Dmtl.python=PROGRAM}, or
 * {@code python3}), and a Chromium with the folder {@code dist} of the npm package onnxruntime-web
 * ({@code -Dmtl.onnxruntime.web=FOLDER}); what is not there is skipped.
 */
@Tag("slow")
class OnnxPageTest {
    private static final Path PAGE =
            Path.of("").toAbsolutePath().getParent().resolve("docs").resolve("onnx.md");

    private static final String PYTHON = "mtl.python";
    private static final String WEB = "mtl.onnxruntime.web";
    private static final String MODULES = "numpy, onnxruntime, PIL";

    /** The page's. */
    private static final Box BOX = new Box(84, 92, 161, 169);

    private static final double ROUNDING = 1e-5;

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private static Path directory;

    private static Path model;

    @BeforeAll
    static void train_and_export() {
        model = directory.resolve("faces.zip");
        assertThat(CommandRun.of(
                                "train",
                                "--variant",
                                "cross-stitch",
                                "--faces",
                                60,
                                "--epochs",
                                2,
                                "--size",
                                40,
                                "--out",
                                model)
                        .code())
                .isZero();
        assertThat(CommandRun.of("export", model, "--onnx", directory.resolve("faces.onnx"))
                        .code())
                .isZero();
    }

    /** The code of the page in a language. */
    private static String code(String language) throws IOException {
        String page = Files.readString(PAGE);
        int from = page.indexOf("```" + language + "\n") + language.length() + 4;
        return page.substring(from, page.indexOf("```\n", from));
    }

    /** Draws a face that fills the page's box, in colours, as a PNG whose name says nothing of that. */
    private static Path photo(int type) throws IOException {
        BufferedImage photo = new BufferedImage(260, 240, type);
        Graphics2D drawing = photo.createGraphics();
        drawing.drawImage(SyntheticFaces.corpus(1, 4).get(0).image().load().toBufferedImage(), 30, 40, 190, 180, null);
        drawing.dispose();
        for (int y = 0; type != BufferedImage.TYPE_BYTE_GRAY && y < photo.getHeight(); y++) {
            for (int x = 0; x < photo.getWidth(); x++) {
                int gray = photo.getRGB(x, y) & 0xff;
                int alpha = type == BufferedImage.TYPE_INT_ARGB ? 255 - (x + y) % 100 : 255;
                photo.setRGB(x, y, alpha << 24 | gray << 16 | gray * x / 260 << 8 | gray * y / 240);
            }
        }
        Path file = directory.resolve("face.jpg");
        ImageIO.write(photo, "png", file.toFile());
        return file;
    }

    private static FaceAnswer expected(Path photo) throws IOException {
        try (Predictor predictor = Predictors.load(model)) {
            return FacePredictor.of(predictor).predict(ImageDecoder.standard().decode(photo), BOX);
        }
    }

    private static void assertAlike(FaceAnswer expected, JsonNode found) {
        assertThat(found.size()).isEqualTo(expected.tasks().size()).isGreaterThan(2);
        for (Task task : expected.tasks()) {
            double[] values = expected.of(task.name());
            assertThat(found.get(task.name())).as(task.name()).hasSize(values.length);
            for (int i = 0; i < values.length; i++) {
                assertThat(found.get(task.name()).get(i).asDouble())
                        .as("%s %s", task.name(), i)
                        .isEqualTo(values[i], within(ROUNDING));
            }
        }
    }

    @ParameterizedTest(name = "a picture of type {0}")
    @ValueSource(ints = {BufferedImage.TYPE_BYTE_GRAY, BufferedImage.TYPE_INT_RGB, BufferedImage.TYPE_INT_ARGB})
    void python_answers_as_the_model_does(int type) throws Exception {
        String python = System.getProperty(PYTHON, "python3");
        assumeTrue(
                run(python, "-c", "import " + MODULES).isPresent(),
                "skipped: no %s with the modules %s; -D%s names another".formatted(python, MODULES, PYTHON));
        Path photo = photo(type);
        Path program = Files.writeString(
                directory.resolve("page.py"),
                code("python") + "print(json.dumps({name: value[0].tolist() for name, value in answers.items()}))\n");
        List<String> lines =
                run(python, program.toString()).orElseThrow().lines().toList();
        FaceAnswer expected = expected(photo);
        assertAlike(expected, JSON.readTree(lines.get(lines.size() - 1)));
        Point first = expected.landmarks().orElseThrow().point(0).orElseThrow();
        double[] printed = Stream.of(
                        lines.get(0).replaceAll("[\\[\\]]", " ").trim().split("\\s+"))
                .mapToDouble(Double::parseDouble)
                .toArray();
        assertThat(printed).containsExactly(new double[] {first.x(), first.y()}, within(1e-3));
        assertThat(lines).anyMatch(line -> line.startsWith("smile "));
    }

    /** {@return what a program prints; empty if there is none, or it fails} */
    private static Optional<String> run(String... command) throws IOException, InterruptedException {
        File errors = directory.resolve("errors").toFile();
        Process process;
        try {
            process = new ProcessBuilder(command)
                    .directory(directory.toFile())
                    .redirectError(errors)
                    .start();
        } catch (IOException e) {
            return Optional.empty();
        }
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        boolean good = process.waitFor() == 0;
        if (!good && !command[1].equals("-c")) {
            throw new AssertionError(Files.readString(errors.toPath()));
        }
        return good ? Optional.of(said) : Optional.empty();
    }

    @ParameterizedTest(name = "a picture of type {0}")
    @ValueSource(ints = {BufferedImage.TYPE_BYTE_GRAY, BufferedImage.TYPE_INT_RGB})
    void a_browser_answers_as_the_model_does(int type) throws Exception {
        String web = System.getProperty(WEB);
        assumeTrue(web != null, "skipped: no -D%s, the folder dist of the npm package onnxruntime-web".formatted(WEB));
        Optional<Path> chromium = Browser.find();
        assumeTrue(chromium.isPresent(), "skipped: no Chromium on the path, and no -D" + Browser.PROPERTY);
        Path photo = photo(type);
        Files.writeString(directory.resolve("page.html"), """
                <!DOCTYPE html><meta charset="utf-8"><img id="photo" src="face.jpg">
                <script>const said = {}; console.log = (task, data) => { said[task] = [...data]; };</script>
                """ + code("html"));
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> send(exchange, Path.of(web)));
        server.start();
        try (Browser browser = Browser.start(chromium.get(), directory.resolve("profile-" + type))) {
            Browser.Page page = browser.page(400, 400, false, false);
            page.open(URI.create("http://127.0.0.1:%s/page.html"
                    .formatted(server.getAddress().getPort())));
            FaceAnswer expected = expected(photo);
            JsonNode found = page.evaluate(
                    "new Promise(done => { let left = 300; const look = () => Object.keys(said).length == %s || !left--"
                                    .formatted(expected.tasks().size())
                            + " ? done(said) : setTimeout(look, 100); look(); })");
            assertThat(page.complaints())
                    .allMatch(complaint -> complaint.contains("\"level\":\"warning\""), "no errors"); // no GPU
            assertAlike(expected, found);
        } finally {
            server.stop(0);
        }
    }

    /** Sends a file of this test's folder, or of that of ONNX Runtime. */
    private static void send(HttpExchange exchange, Path web) throws IOException {
        try (exchange) {
            String name =
                    Path.of(exchange.getRequestURI().getPath()).getFileName().toString();
            Path file = Stream.of(directory.resolve(name), web.resolve(name))
                    .filter(Files::isRegularFile)
                    .findFirst()
                    .orElse(null);
            if (file == null) {
                exchange.sendResponseHeaders(name.equals("favicon.ico") ? 204 : 404, -1);
                return;
            }
            String type = name.endsWith("js")
                    ? "text/javascript"
                    : name.endsWith(".wasm") ? "application/wasm" : name.endsWith(".html") ? "text/html" : "image/png";
            exchange.getResponseHeaders().set("Content-Type", type);
            exchange.sendResponseHeaders(200, 0);
            Files.copy(file, exchange.getResponseBody());
        }
    }
}
