package org.mtl4j.examples.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.mtl4j.examples.testing.EngineAnswers;
import org.mtl4j.faces.FacePredictor;
import org.mtl4j.serving.Predictor;
import org.mtl4j.synthetic.SyntheticFaces;

/** The service answers many clients at once as it would each alone, and says no where it should. */
class FaceServiceTest {
    private static final int REQUESTS = 5000;

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
        return URI.create("http://localhost:%s/%s".formatted(service.port(), path));
    }

    private static HttpRequest upload(FaceService service, String query, byte[] picture) {
        return HttpRequest.newBuilder(uri(service, "predict" + query))
                .POST(HttpRequest.BodyPublishers.ofByteArray(picture))
                .build();
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
