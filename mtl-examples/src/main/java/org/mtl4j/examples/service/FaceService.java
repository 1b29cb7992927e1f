package org.mtl4j.examples.service;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Phaser;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import org.mtl4j.dl4j.serving.Predictors;
import org.mtl4j.faces.Box;
import org.mtl4j.faces.FaceAnswer;
import org.mtl4j.faces.FacePredictor;
import org.mtl4j.faces.Point;
import org.mtl4j.image.GrayImage;
import org.mtl4j.image.ImageDecoder;
import org.mtl4j.saved.SavedTypes;
import org.mtl4j.serving.Predictor;
import org.mtl4j.serving.PredictorOptions;
import org.mtl4j.task.Task;
import org.mtl4j.task.TaskKind;

/**
 * Serves a model of the {@code train} command over HTTP:
 *
 * <ul>
 *   <li>{@code POST /predict?box=left,top,right,bottom} with a JPEG or PNG picture as the body answers with JSON:
 *       points in pixels, classes with their probabilities. Without a box the picture is the face.
 *   <li>{@code GET /health} answers 200, and 503 once the service is stopping.
 *   <li>{@code GET /metrics} answers counts and latencies in the text format of Prometheus.
 * </ul>
 *
 * As many requests as there are processors are computed at once, some more wait, and further ones are answered 503 at
 * once, with {@code Retry-After}; so are those whose pictures, together with the others under way, would take more than
 * an eighth of Java's memory. Pictures of more pixels than fit beside each other are refused, and clients that take
 * over 20 seconds to send one, or to take its answer, are cut off. {@link #close} lets those that are under way end.
 */
public final class FaceService implements AutoCloseable {
    private static final int MOST_BYTES = 8 << 20;

    /** Of so few pixels that all processors decode at once, at 5 bytes each, in less than half of Java's memory. */
    private static final ImageDecoder DECODER = new ImageDecoder(
            Math.min(
                    16L << 20,
                    Runtime.getRuntime().maxMemory() / 12 / Runtime.getRuntime().availableProcessors()),
            MOST_BYTES);

    /**
     * What the JDK's server reads when the first one of a process is made. Without {@code nodelay}, who asks several
     * times over one connection waits 40 ms for each answer; without the others, slow clients keep their threads.
     */
    private static final Map<String, String> SETTINGS = Map.of(
            "sun.net.httpserver.nodelay", "true",
            "sun.net.httpserver.maxReqTime", "20", // seconds
            "sun.net.httpserver.maxRspTime", "20");

    /** Threads that can still say no while all places are taken. */
    private static final int SPARE_THREADS = 8;

    private static final ObjectMapper JSON = new ObjectMapper();

    private final FacePredictor faces;
    private final HttpServer server;
    private final ExecutorService threads;
    private final Semaphore places;
    private final Semaphore processors;
    /** Kilobytes of pictures that may still be read. */
    private final Semaphore room = new Semaphore((int) Math.min(
            Integer.MAX_VALUE, Math.max(MOST_BYTES, Runtime.getRuntime().maxMemory() / 8) / 1024 + 1));

    private final Phaser underWay = new Phaser(1);
    private final int most;
    private final Latencies latencies = new Latencies();
    private final LongAdder refused = new LongAdder();
    private final LongAdder faulty = new LongAdder();
    private volatile boolean stopping;

    private FaceService(FacePredictor faces, HttpServer server, int computing, int waiting) {
        this.faces = faces;
        this.server = server;
        this.most = computing + waiting;
        this.places = new Semaphore(most);
        this.processors = new Semaphore(computing, true);
        this.threads = Executors.newFixedThreadPool(most + SPARE_THREADS);
        server.setExecutor(threads);
        serve("POST", "/predict", this::predict);
        serve("GET", "/health", asked -> health());
        serve("GET", "/metrics", asked -> metrics());
    }

    /** What is sent back. */
    private record Reply(int status, String type, String text) {
        static Reply json(int status, Map<String, ?> values) throws JsonProcessingException {
            return new Reply(status, "application/json", JSON.writeValueAsString(values));
        }
    }

    @FunctionalInterface
    private interface Handler {
        Reply answer(HttpExchange exchange) throws IOException;
    }

    /**
     * Starts a service on this machine's loopback.
     *
     * @param port 0 for one that is free
     * @param computing how many requests are computed at once
     * @param waiting how many more may wait
     */
    static FaceService start(FacePredictor faces, int port, int computing, int waiting) throws IOException {
        return start(faces, new InetSocketAddress(InetAddress.getLoopbackAddress(), port), computing, waiting);
    }

    private static FaceService start(FacePredictor faces, InetSocketAddress address, int computing, int waiting)
            throws IOException {
        SETTINGS.forEach(System.getProperties()::putIfAbsent);
        HttpServer server = HttpServer.create(address, 0);
        FaceService service = new FaceService(faces, server, computing, waiting);
        server.start();
        return service;
    }

    /** {@return the port that it listens at} */
    int port() {
        return server.getAddress().getPort();
    }

    /** Has a path answered to one method; HEAD gets what GET would, without the text. */
    private void serve(String method, String path, Handler handler) {
        server.createContext(path, exchange -> {
            boolean awaited = !stopping; // who comes later may keep nobody waiting
            if (awaited) {
                underWay.register();
            }
            try (exchange) {
                send(exchange, method, reply(exchange, method, path, handler));
            } finally {
                if (awaited) {
                    underWay.arriveAndDeregister(); // the last byte is sent
                }
            }
        });
    }

    private static Reply reply(HttpExchange exchange, String method, String path, Handler handler) throws IOException {
        String asked = exchange.getRequestMethod();
        if (!exchange.getRequestURI().getPath().equals(path)) { // the server gives what begins with it, too
            return Reply.json(404, Map.of("error", "there are POST /predict, GET /health and GET /metrics"));
        }
        if (!asked.equals(method) && !(asked.equals("HEAD") && method.equals("GET"))) {
            return Reply.json(405, Map.of("error", "%s is asked by %s".formatted(path, method)));
        }
        try {
            return handler.answer(exchange);
        } catch (RuntimeException | OutOfMemoryError e) {
            System.err.println(exchange.getRequestURI() + ": " + e);
            return Reply.json(500, Map.of("error", "the service has failed"));
        }
    }

    private static void send(HttpExchange exchange, String method, Reply reply) throws IOException {
        byte[] bytes = reply.text.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", reply.type);
        if (reply.status == 503) {
            exchange.getResponseHeaders().set("Retry-After", "1");
        } else if (reply.status == 405) {
            exchange.getResponseHeaders().set("Allow", method);
        }
        boolean whole = !exchange.getRequestMethod().equals("HEAD");
        exchange.sendResponseHeaders(reply.status, whole ? bytes.length : -1);
        if (whole) {
            exchange.getResponseBody().write(bytes);
        }
    }

    private Reply predict(HttpExchange exchange) throws IOException {
        int length = length(exchange);
        if (length > MOST_BYTES) {
            discard(exchange);
            return Reply.json(413, Map.of("error", "a picture has at most " + MOST_BYTES + " bytes"));
        }
        int kilobytes = length / 1024 + 1;
        boolean place = !stopping && places.tryAcquire();
        if (!place || !room.tryAcquire(kilobytes)) {
            if (place) {
                places.release();
            }
            refused.increment();
            discard(exchange);
            return Reply.json(503, Map.of("error", stopping ? "stopping" : "too many requests at once"));
        }
        try {
            return predictInPlace(exchange);
        } finally {
            room.release(kilobytes);
            places.release();
        }
    }

    private Reply predictInPlace(HttpExchange exchange) throws IOException {
        long start = System.nanoTime();
        byte[] picture = exchange.getRequestBody().readNBytes(MOST_BYTES + 1);
        if (picture.length > MOST_BYTES) {
            return Reply.json(413, Map.of("error", "a picture has at most " + MOST_BYTES + " bytes"));
        }
        processors.acquireUninterruptibly();
        try {
            Reply reply = Reply.json(
                    200, answer(faces, picture, exchange.getRequestURI().getQuery()));
            latencies.add(System.nanoTime() - start);
            return reply;
        } catch (IOException | IllegalArgumentException e) { // no picture, or no box of one
            faulty.increment();
            return Reply.json(400, Map.of("error", String.valueOf(e.getMessage())));
        } finally {
            processors.release();
        }
    }

    /** {@return how long a picture is, or may be at most where it is not said} */
    private static int length(HttpExchange exchange) {
        return Optional.ofNullable(exchange.getRequestHeaders().getFirst("Content-Length"))
                .map(text -> (int) Math.min(MOST_BYTES + 1L, Long.parseLong(text)))
                .orElse(MOST_BYTES);
    }

    /** Reads what nobody wants, as far as a picture may go: a client that is still sending hears no answer. */
    private static void discard(HttpExchange exchange) throws IOException {
        InputStream body = exchange.getRequestBody();
        byte[] part = new byte[8192];
        long left = MOST_BYTES;
        for (int read = 0; read >= 0 && left > 0; left -= read) {
            read = body.read(part);
        }
    }

    /** Answers for one picture: what the service sends. */
    static Map<String, Object> answer(FacePredictor faces, byte[] picture, String query) throws IOException {
        GrayImage image = DECODER.decode(new ByteArrayInputStream(picture), "the picture");
        Box box = query == null ? new Box(0, 0, image.width() - 1, image.height() - 1) : box(query);
        FaceAnswer answer = faces.predict(image, box);
        Map<String, Object> all = new LinkedHashMap<>();
        answer.landmarks().ifPresent(points -> {
            Map<String, double[]> byName = new LinkedHashMap<>();
            List<String> names = faces.layout().scheme().names();
            for (int i = 0; i < names.size(); i++) {
                Point point = points.point(i).orElseThrow();
                byName.put(names.get(i), new double[] {point.x(), point.y()});
            }
            all.put("points", byName);
        });
        for (Task task : answer.tasks()) {
            if (task.kind() != TaskKind.REGRESSION) {
                double[] probabilities = answer.of(task.name());
                Map<String, Double> byName = new LinkedHashMap<>();
                for (int i = 0; i < probabilities.length; i++) {
                    byName.put(task.className(i), probabilities[i]);
                }
                all.put(task.name(), byName);
            }
        }
        return all;
    }

    private static Box box(String query) {
        String[] numbers = query.startsWith("box=") ? query.substring(4).split(",", -1) : new String[0];
        if (numbers.length != 4) {
            throw new IllegalArgumentException("the query is box=left,top,right,bottom in pixels, got " + query);
        }
        List<Double> edges = new ArrayList<>();
        for (String number : numbers) {
            edges.add(Double.valueOf(number)); // NumberFormatException is an IllegalArgumentException
        }
        return new Box(edges.get(0), edges.get(1), edges.get(2), edges.get(3));
    }

    private Reply health() throws JsonProcessingException {
        return stopping
                ? Reply.json(503, Map.of("status", "stopping"))
                : Reply.json(
                        200, Map.of("status", "up", "engine", faces.predictor().toString()));
    }

    private Reply metrics() {
        StringBuilder text = new StringBuilder();
        text.append("# TYPE faces_answered_total counter\nfaces_answered_total ")
                .append(latencies.count());
        text.append("\n# TYPE faces_refused_total counter\nfaces_refused_total ")
                .append(refused.sum());
        text.append("\n# TYPE faces_faulty_total counter\nfaces_faulty_total ").append(faulty.sum());
        text.append("\n# TYPE faces_under_way gauge\nfaces_under_way ").append(most - places.availablePermits());
        text.append("\n# TYPE faces_seconds summary\n");
        for (double part : new double[] {0.5, 0.9, 0.99}) {
            text.append(String.format(
                    Locale.ROOT, "faces_seconds{quantile=\"%s\"} %.6f\n", part, latencies.quantile(part)));
        }
        text.append(String.format(Locale.ROOT, "faces_seconds_sum %.6f\n", latencies.sum()));
        text.append("faces_seconds_count ").append(latencies.count()).append('\n');
        return new Reply(200, "text/plain; version=0.0.4; charset=utf-8", text.toString());
    }

    /** Refuses what comes from now on, waits for what is under way, at most half a minute, and stops listening. */
    @Override
    public void close() {
        stopping = true;
        try {
            underWay.awaitAdvanceInterruptibly(underWay.arrive(), 30, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (TimeoutException e) {
            System.err.println("requests that took over half a minute are cut off");
        }
        server.stop(0);
        threads.shutdown();
    }

    /**
     * Runs {@code FaceService MODEL [PORT [ADDRESS]]}: serves a model of the {@code train} command until it is ended.
     * It listens at the machine's loopback if no address is given; in a container give {@code 0.0.0.0}.
     */
    public static void main(String[] args) throws IOException {
        if (args.length == 0) {
            System.err.println("usage: FaceService MODEL [PORT [ADDRESS]]");
            return;
        }
        // requests are many already, so each is computed by one thread
        Predictor predictor =
                Predictors.load(Path.of(args[0]), PredictorOptions.standard().withThreads(1), SavedTypes.none());
        predictor.warmUp();
        int processors = Runtime.getRuntime().availableProcessors();
        int port = args.length > 1 ? Integer.parseInt(args[1]) : 8080;
        InetAddress address = args.length > 2 ? InetAddress.getByName(args[2]) : InetAddress.getLoopbackAddress();
        FaceService service =
                start(FacePredictor.of(predictor), new InetSocketAddress(address, port), processors, 16 * processors);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            service.close();
            predictor.close();
        }));
        System.out.printf("ready after %s: %s%n", Duration.ofNanos(uptime()), predictor);
        System.out.printf("try: curl --data-binary @face.jpg http://localhost:%d/predict%n", service.port());
    }

    private static long uptime() {
        return TimeUnit.MILLISECONDS.toNanos(
                java.lang.management.ManagementFactory.getRuntimeMXBean().getUptime());
    }
}
