package org.mtl4j.examples.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mtl4j.examples.testing.EngineAnswers;
import org.mtl4j.faces.FacePredictor;
import org.mtl4j.serving.Predictor;
import org.mtl4j.synthetic.SyntheticFaces;

/** The service answers many clients at once as it would each alone, and says no where it should. */
class FaceServiceTest {
    private static final int REQUESTS = 5000;

    private static final Pattern LINE_OF_METRICS =
            Pattern.compile("# TYPE [a-z_]+ (counter|gauge|summary)|[a-z_]+(\\{quantile=\"0\\.[0-9]+\"})?"
                    + " ([0-9]+(\\.[0-9]+)?|NaN)");

    @Tag("slow")
    @Test
    void many_clients_get_the_answers_that_each_would_get_alone() throws Exception {
        ServiceLoad.Result result = ServiceLoad.run(ServiceLoad.model(), REQUESTS, 8);
        assertThat(result.wrong()).isZero();
        assertThat(result.right()).isEqualTo(REQUESTS);
        assertThat(result.memory().get(2).heap() - result.memory().get(0).heap())
                .as("growth of the heap over nine tenths of the requests, in bytes")
                .isLessThan(8 << 20);
    }

    @Test
    void both_engines_answer_as_the_model_that_is_served() {
        EngineAnswers.assertAlike(ServiceLoad.model());
    }

    private final HttpClient client = HttpClient.newHttpClient();

    private HttpResponse<String> get(FaceService service, String path) throws Exception {
        return client.send(HttpRequest.newBuilder(uri(service, path)).build(), HttpResponse.BodyHandlers.ofString());
    }

    private static URI uri(FaceService service, String path) {
        return uri(service.port(), path);
    }

    private static URI uri(int port, String path) {
        return URI.create("http://localhost:%s/%s".formatted(port, path));
    }

    private static HttpRequest upload(FaceService service, String query, byte[] picture) {
        return upload(service.port(), query, picture);
    }

    private static HttpRequest upload(int port, String query, byte[] picture) {
        return HttpRequest.newBuilder(uri(port, "predict" + query))
                .POST(HttpRequest.BodyPublishers.ofByteArray(picture))
                .build();
    }

    private HttpResponse<String> ask(FaceService service, String method, String path) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(uri(service, path))
                .method(method, HttpRequest.BodyPublishers.noBody())
                .build();
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> post(FaceService service, String query, byte[] picture) throws Exception {
        return client.send(upload(service, query, picture), HttpResponse.BodyHandlers.ofString());
    }

    private static byte[] face() throws Exception {
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        ImageIO.write(SyntheticFaces.corpus(1, 4).get(0).image().load().toBufferedImage(), "png", png);
        return png.toByteArray();
    }

    @Test
    void what_is_no_picture_or_no_box_is_said_and_counted() throws Exception {
        try (Predictor predictor = ServiceLoad.model().predictor();
                FaceService service = FaceService.start(FacePredictor.of(predictor), 0, 1, 4)) {
            assertThat(post(service, "", "no picture".getBytes(java.nio.charset.StandardCharsets.UTF_8)))
                    .satisfies(reply -> {
                        assertThat(reply.statusCode()).isEqualTo(400);
                        assertThat(reply.body()).contains("the picture");
                    });
            assertThat(post(service, "?box=1,2,3", face()).body())
                    .isEqualTo("{\"error\":\"the query is box=left,top,right,bottom in pixels, got box=1,2,3\"}");
            assertThat(get(service, "predict").statusCode()).isEqualTo(405);
            assertThat(post(service, "", face()).body()).contains("\"points\":{\"", "\"pose\":{\"");
            assertThat(get(service, "health").body()).contains("up", "prepared plan");
            assertThat(get(service, "metrics").body())
                    .contains("faces_answered_total 1\n", "faces_faulty_total 2\n", "quantile=\"0.99\"");
        }
    }

    @Test
    void what_the_service_does_not_have_is_said() throws Exception {
        try (Predictor predictor = ServiceLoad.model().predictor();
                FaceService service = FaceService.start(FacePredictor.of(predictor), 0, 1, 4)) {
            for (String path : List.of("", "healthz", "predict/more", "metrics/")) {
                assertThat(ask(service, "GET", path).statusCode()).as(path).isEqualTo(404);
            }
            for (String method : List.of("PUT", "DELETE", "GET", "HEAD")) {
                HttpResponse<String> reply = ask(service, method, "predict");
                assertThat(reply.statusCode()).as(method).isEqualTo(405);
                assertThat(reply.headers().firstValue("Allow")).hasValue("POST");
            }
            assertThat(ask(service, "POST", "health").statusCode()).isEqualTo(405);
            HttpResponse<String> head = ask(service, "HEAD", "health");
            assertThat(head.statusCode()).isEqualTo(200);
            assertThat(head.body()).isEmpty();
        }
    }

    /** Each line is a comment or a number with a name, as Prometheus reads them, and ends with a line feed alone. */
    @Test
    void metrics_are_in_the_form_of_prometheus() throws Exception {
        try (Predictor predictor = ServiceLoad.model().predictor();
                FaceService service = FaceService.start(FacePredictor.of(predictor), 0, 1, 4)) {
            for (int count = 0; count < 3; count++) { // NaN while there is none
                String text = get(service, "metrics").body();
                assertThat(text).endsWith("\n").contains("faces_seconds_count " + count + "\n");
                assertThat(text.split("\n"))
                        .allMatch(line -> LINE_OF_METRICS.matcher(line).matches());
                Matcher sum = Pattern.compile("faces_seconds_sum ([0-9.]+)\n").matcher(text);
                assertThat(sum.find()).isTrue();
                assertThat(Double.parseDouble(sum.group(1)) > 0).isEqualTo(count > 0);
                post(service, "", face());
            }
        }
    }

    /** A PNG file that says that it is so large, as a few hundred bytes may. */
    private static byte[] hugePicture(int edge) throws IOException {
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        ImageIO.write(new BufferedImage(40, 40, BufferedImage.TYPE_BYTE_GRAY), "png", png);
        ByteBuffer bytes = ByteBuffer.wrap(png.toByteArray());
        bytes.putInt(16, edge).putInt(20, edge); // behind the signature, and length and name of the first chunk
        CRC32 sum = new CRC32();
        sum.update(bytes.array(), 12, 17);
        bytes.putInt(29, (int) sum.getValue());
        return bytes.array();
    }

    @Test
    void what_is_too_large_is_refused_by_what_it_says_of_itself() throws Exception {
        try (Predictor predictor = ServiceLoad.model().predictor();
                FaceService service = FaceService.start(FacePredictor.of(predictor), 0, 1, 4)) {
            HttpResponse<String> bomb = post(service, "", hugePicture(50_000));
            assertThat(bomb.statusCode()).isEqualTo(400);
            assertThat(bomb.body()).contains("50000 x 50000 pixels, the limit is ");
            HttpResponse<String> tooLong = post(service, "", new byte[(8 << 20) + 1]);
            assertThat(tooLong.statusCode()).isEqualTo(413);
            HttpRequest chunked = HttpRequest.newBuilder(uri(service, "predict"))
                    .POST(HttpRequest.BodyPublishers.ofInputStream(
                            () -> new ByteArrayInputStream(new byte[(8 << 20) + 1])))
                    .build();
            assertThat(client.send(chunked, HttpResponse.BodyHandlers.ofString())
                            .statusCode())
                    .isEqualTo(413);
            assertThat(post(service, "", face()).statusCode()).isEqualTo(200);
        }
    }

    private static Socket sending(int port, String text) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    @Test
    void clients_that_go_in_the_middle_take_no_place_with_them() throws Exception {
        try (Predictor predictor = ServiceLoad.model().predictor();
                FaceService service = FaceService.start(FacePredictor.of(predictor), 0, 1, 1)) {
            for (int i = 0; i < 30; i++) { // more than there are places, and threads
                sending(service.port(), "POST /predict HTTP/1.1\r\nContent-Length: 1000\r\n\r\npart")
                        .close();
            }
            while (!get(service, "metrics").body().contains("faces_under_way 0\n")) {
                Thread.onSpinWait();
            }
            assertThat(post(service, "", face()).statusCode()).isEqualTo(200);
        }
    }

    /** A process of its own, of little memory: the JDK's server reads once only how long it waits for clients. */
    @Tag("slow")
    @Test
    void slow_and_greedy_clients_keep_nobody_else_from_an_answer(@TempDir Path directory) throws Exception {
        Path model = directory.resolve("faces.zip");
        ServiceLoad.model().save(model);
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-XX:+UseSerialGC",
                        "-XX:ActiveProcessorCount=1",
                        "-Dsun.net.httpserver.maxReqTime=1",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        FaceService.class.getName(),
                        model.toString(),
                        "0")
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader said =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            Pattern address = Pattern.compile("localhost:([0-9]+)");
            int port = said.lines()
                    .map(address::matcher)
                    .filter(Matcher::find)
                    .mapToInt(found -> Integer.parseInt(found.group(1)))
                    .findFirst()
                    .orElseThrow();

            List<Socket> slow = new ArrayList<>(); // more of each kind than the service has threads
            for (int i = 0; i < 30; i++) {
                slow.add(sending(port, "POST /predict HTTP/1.1\r\nContent-Le"));
                slow.add(sending(port, "POST /predict HTTP/1.1\r\nContent-Length: 1000\r\n\r\npart"));
            }
            assertThat(client.send(
                                    HttpRequest.newBuilder(uri(port, "health")).build(),
                                    HttpResponse.BodyHandlers.ofString())
                            .statusCode())
                    .isEqualTo(200);
            for (Socket each : slow) {
                each.close();
            }

            List<CompletableFuture<HttpResponse<String>>> greedy = new ArrayList<>();
            byte[] much = new byte[8 << 20];
            for (int i = 0; i < 40; i++) { // 320 MB, and Java has 128
                greedy.add(client.sendAsync(upload(port, "", much), HttpResponse.BodyHandlers.ofString()));
            }
            for (CompletableFuture<HttpResponse<String>> each : greedy) {
                assertThat(each.get().statusCode()).isIn(400, 503);
            }
            assertThat(client.send(upload(port, "", face()), HttpResponse.BodyHandlers.ofString())
                            .statusCode())
                    .isEqualTo(200);
        } finally {
            process.destroy();
            process.waitFor();
        }
    }

    /** One place in all: of several uploads at once some are told to come again, and none is lost. */
    @Test
    void a_full_queue_is_503_at_once() throws Exception {
        try (Predictor predictor = ServiceLoad.model().predictor();
                FaceService service = FaceService.start(FacePredictor.of(predictor), 0, 1, 0)) {
            int refused = 0;
            for (int round = 0; round < 50 && refused == 0; round++) {
                List<CompletableFuture<HttpResponse<String>>> all = new ArrayList<>();
                for (int i = 0; i < 6; i++) {
                    all.add(client.sendAsync(upload(service, "", face()), HttpResponse.BodyHandlers.ofString()));
                }
                for (CompletableFuture<HttpResponse<String>> each : all) {
                    HttpResponse<String> reply = each.get();
                    assertThat(reply.statusCode()).isIn(200, 503);
                    if (reply.statusCode() == 503) {
                        refused++;
                        assertThat(reply.headers().firstValue("Retry-After")).hasValue("1");
                    }
                }
            }
            assertThat(refused).isPositive();
            assertThat(get(service, "metrics").body()).contains("faces_refused_total " + refused + "\n");
        }
    }

    @Test
    void closing_lets_what_is_under_way_end() throws Exception {
        try (Predictor predictor = ServiceLoad.model().predictor()) {
            FaceService service = FaceService.start(FacePredictor.of(predictor), 0, 1, 4);
            CompletableFuture<HttpResponse<String>> asked =
                    client.sendAsync(upload(service, "", face()), HttpResponse.BodyHandlers.ofString());
            while (!get(service, "metrics").body().contains("faces_answered_total 1\n")
                    && !get(service, "metrics").body().contains("faces_under_way 1\n")) {
                Thread.onSpinWait();
            }
            service.close();
            assertThat(asked.get().statusCode()).isEqualTo(200);
        }
    }
}
