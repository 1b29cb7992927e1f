package org.mtl4j.examples.service;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.faces.Box;
import org.mtl4j.faces.FaceCorpus;
import org.mtl4j.faces.FaceCrop;
import org.mtl4j.faces.FaceLayout;
import org.mtl4j.faces.FacePredictor;
import org.mtl4j.faces.FaceSample;
import org.mtl4j.faces.FaceTask;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.serving.Predictor;
import org.mtl4j.serving.PredictorOptions;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.synthetic.SyntheticFaces;
import org.mtl4j.train.TrainingPlan;

/**
 * Drives a {@link FaceService} by many clients at once over the loopback, and compares each answer with that computed
 * alone: {@code ServiceLoad [REQUESTS] [CLIENTS]}, 100,000 by 16 if nothing is said.
 */
final class ServiceLoad {
    private static final int SIZE = 39;
    private static final int PICTURES = 24;

    private ServiceLoad() {}

    /**
     * What came of it.
     *
     * @param right answers that are those computed alone
     * @param wrong answers that are not
     * @param refused answers 503, each asked again
     * @param memory after a tenth of the requests, after half of them, and at the end
     * @param seconds in all
     */
    record Result(int right, int wrong, int refused, List<Memory> memory, double seconds) {
        /** Shows all, a line for each. */
        @Override
        public String toString() {
            StringBuilder text = new StringBuilder(String.format(
                    Locale.ROOT,
                    "%s answers right, %s wrong, %s times told to come again, in %.1f s%n",
                    right,
                    wrong,
                    refused,
                    seconds));
            memory.forEach(each -> text.append(each).append(System.lineSeparator()));
            return text.toString();
        }
    }

    /**
     * What the process takes.
     *
     * @param requests how many have been answered
     * @param heap bytes of Java's heap in use, garbage collected
     * @param resident megabytes of the process in memory; NaN where the system does not say
     */
    record Memory(int requests, long heap, double resident) {
        static Memory now(int requests) {
            System.gc();
            Runtime runtime = Runtime.getRuntime();
            return new Memory(requests, runtime.totalMemory() - runtime.freeMemory(), residentMegabytes());
        }

        private static double residentMegabytes() {
            try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
                return lines.filter(line -> line.startsWith("VmRSS:"))
                        .mapToDouble(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024.0)
                        .findFirst()
                        .orElse(Double.NaN);
            } catch (IOException e) {
                return Double.NaN; // not Linux
            }
        }

        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT,
                    "after %6d requests: heap %.1f MB in use, process %.0f MB",
                    requests,
                    heap / 1e6,
                    resident);
        }
    }

    /** A network of two towers, as it is before training: answers are as good as others for being compared. */
    static Dl4jModel model() {
        Dl4jModel model = Dl4jModel.create(
                MultiTaskNetwork.builder(Shape.image(1, SIZE, SIZE))
                        .tower("points", SplitHead.of(FaceTask.LANDMARKS.task()))
                        .tower("attributes", SplitHead.of(FaceTask.SMILE.task(), FaceTask.POSE.task()))
                        .convolution("conv1", 8, 4)
                        .maxPool(2)
                        .stitch(CrossStitchUnit.perChannel(0.8))
                        .convolution("conv2", 12, 3)
                        .maxPool(2)
                        .dense("fc", 24)
                        .build(),
                TrainingPlan.adam(1e-3).withSeed(5));
        FaceCrop.of(SIZE).toMap().forEach(model::setProperty);
        FaceLayout.MTFL.toMap().forEach(model::setProperty);
        return model;
    }

    /** One picture, how it is asked about, and the answer. */
    private record Question(byte[] picture, String query, String answer) {
        static List<Question> all(FacePredictor faces) throws IOException {
            FaceCorpus corpus = SyntheticFaces.corpus(PICTURES, 4);
            List<Question> all = new ArrayList<>();
            for (FaceSample sample : corpus.samples()) {
                ByteArrayOutputStream png = new ByteArrayOutputStream();
                ImageIO.write(sample.image().load().toBufferedImage(), "png", png);
                Box box = sample.box().orElseThrow();
                String query = String.format(
                        Locale.ROOT, "box=%.2f,%.2f,%.2f,%.2f", box.left(), box.top(), box.right(), box.bottom());
                all.add(new Question(
                        png.toByteArray(),
                        query,
                        new ObjectMapper().writeValueAsString(FaceService.answer(faces, png.toByteArray(), query))));
            }
            return all;
        }
    }

    /** Asks a service of its own, which computes two requests at once and lets a few wait. */
    static Result run(Dl4jModel model, int requests, int clients) throws IOException, InterruptedException {
        try (Predictor predictor = model.predictor(PredictorOptions.standard().withThreads(1))) {
            FacePredictor faces = FacePredictor.of(predictor);
            List<Question> questions = Question.all(faces);
            try (FaceService service = FaceService.start(faces, 0, 2, Math.max(1, clients / 2))) {
                return drive(service, questions, requests, clients);
            }
        }
    }

    private static Result drive(FaceService service, List<Question> questions, int requests, int clients)
            throws InterruptedException {
        AtomicInteger next = new AtomicInteger();
        AtomicInteger right = new AtomicInteger();
        AtomicInteger wrong = new AtomicInteger();
        AtomicInteger refused = new AtomicInteger();
        Set<Integer> looks = Set.of(requests / 10, requests / 2);
        List<Memory> memory = Collections.synchronizedList(new ArrayList<>());
        long start = System.nanoTime();
        Thread[] all = new Thread[clients];
        for (int c = 0; c < clients; c++) {
            all[c] = new Thread(() -> {
                HttpClient client = HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .build();
                for (int i = next.getAndIncrement(); i < requests; i = next.getAndIncrement()) {
                    Question question = questions.get(i % questions.size());
                    HttpResponse<String> reply = ask(client, service.port(), question);
                    while (reply.statusCode() == 503) {
                        refused.incrementAndGet();
                        reply = ask(client, service.port(), question);
                    }
                    boolean good = reply.statusCode() == 200 && reply.body().equals(question.answer);
                    (good ? right : wrong).incrementAndGet();
                    if (looks.contains(i)) {
                        memory.add(Memory.now(i));
                    }
                }
            });
            all[c].start();
        }
        for (Thread thread : all) {
            thread.join();
        }
        memory.add(Memory.now(requests));
        return new Result(right.get(), wrong.get(), refused.get(), memory, (System.nanoTime() - start) / 1e9);
    }

    private static HttpResponse<String> ask(HttpClient client, int port, Question question) {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://localhost:%s/predict?%s".formatted(port, question.query)))
                .POST(HttpRequest.BodyPublishers.ofByteArray(question.picture))
                .build();
        try {
            return client.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Asks so often, and prints what came of it. */
    public static void main(String[] args) throws IOException, InterruptedException {
        int requests = args.length > 0 ? Integer.parseInt(args[0]) : 100_000;
        int clients = args.length > 1 ? Integer.parseInt(args[1]) : 16;
        System.out.print(run(model(), requests, clients));
    }
}
