package org.mtl4j.examples.programs;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.train.Predictions;
import org.nd4j.linalg.factory.Nd4j;

/** Serves predictions of a saved model over HTTP with what the JDK has, and measures how long one takes. */
public final class ServePredictions {
    private ServePredictions() {}

    /**
     * How long a prediction for one house takes.
     *
     * @param median in milliseconds
     * @param slow what one in a hundred exceeds, in milliseconds
     */
    public record Latency(double median, double slow) {}

    /** Asks the model about one house, so many times, after as many that are not measured. */
    public static Latency run(Dl4jModel model, int times) {
        double[] milliseconds = new double[times];
        for (int i = -times; i < times; i++) { // the first ones are slow: Java compiles what is used often
            long start = System.nanoTime();
            answer(model, "1.2 0.4 0.3 0.5 1");
            milliseconds[Math.max(i, 0)] = (System.nanoTime() - start) / 1e6;
        }
        Arrays.sort(milliseconds);
        return new Latency(milliseconds[times / 2], milliseconds[times - 1 - times / 100]);
    }

    /** Answers a line with the columns of {@link Houses} by "price probability-of-a-fast-sale". */
    static String answer(Dl4jModel model, String question) {
        float[][] house = {new float[Houses.COLUMNS]};
        String[] numbers = question.trim().split("\\s+", -1);
        for (int i = 0; i < house[0].length; i++) {
            house[0][i] = Float.parseFloat(i < numbers.length ? numbers[i] : "a number is missing");
        }
        Predictions predictions = model.predict(Nd4j.createFromArray(house));
        double price = predictions.of("price").getDouble(0, 0);
        return String.format(
                Locale.ROOT, "%.3f %.3f", price, predictions.of("sale").getDouble(0, 1));
    }

    /** Starts a server on this machine; {@code stop(0)} ends it. It has one thread; for more take a predictor. */
    static HttpServer serve(Dl4jModel model, int port) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        server.createContext("/predict", exchange -> {
            try (exchange) {
                String question = new String(exchange.getRequestBody().readNBytes(1000), StandardCharsets.UTF_8);
                int status = 200;
                String answer;
                try {
                    answer = answer(model, question);
                } catch (NumberFormatException e) {
                    status = 400;
                    answer = e.getMessage();
                }
                byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(status, bytes.length);
                exchange.getResponseBody().write(bytes);
            }
        });
        server.start();
        return server;
    }

    /**
     * Runs {@code ServePredictions [MODEL]}: serves the model of houses in this file, which is made first if there is
     * none.
     */
    public static void main(String[] args) throws IOException {
        Path file = Path.of(args.length > 0 ? args[0] : "houses.zip");
        if (!file.toFile().exists()) {
            Houses.run(2000, 10, 10).model().save(file);
        }
        Dl4jModel model = Dl4jModel.load(file); // once: it takes as long as hundreds of predictions
        System.out.println(run(model, 1000));
        serve(model, 8080);
        System.out.println("try: curl -d '1.2 0.4 0.3 0.5 1' http://localhost:8080/predict");
    }
}
