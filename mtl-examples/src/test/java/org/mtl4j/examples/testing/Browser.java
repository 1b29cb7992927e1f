package org.mtl4j.examples.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A Chromium without a window, spoken to by the DevTools protocol, which needs no driver and no library. */
public final class Browser implements AutoCloseable {
    /** Where the browser is, for machines that have it elsewhere than on the path. */
    public static final String PROPERTY = "mtl.chromium";

    private static final List<String> NAMES = List.of("chromium", "chromium-browser", "google-chrome");
    private static final int PATIENCE = 60;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Process process;
    private final String address;
    private final HttpClient http =
            HttpClient.newBuilder().proxy(HttpClient.Builder.NO_PROXY).build();

    private Browser(Process process, String address) {
        this.process = process;
        this.address = address;
    }

    /** Finds the browser of this machine. */
    public static Optional<Path> find() {
        String given = System.getProperty(PROPERTY);
        if (given != null) {
            return Optional.of(Path.of(given));
        }
        String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
        return Stream.of(path.split(java.io.File.pathSeparator))
                .filter(folder -> !folder.isEmpty())
                .flatMap(folder -> NAMES.stream().map(name -> Path.of(folder, name)))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** Starts it with a fresh profile in this directory. */
    public static Browser start(Path program, Path profile) throws Exception {
        Process process = new ProcessBuilder(
                        program.toString(),
                        "--headless=new",
                        "--no-sandbox", // in containers, and of root
                        "--disable-gpu",
                        "--disable-dev-shm-usage",
                        "--disable-quic",
                        "--no-first-run",
                        "--disable-background-networking",
                        "--disable-component-update",
                        "--disable-sync",
                        "--user-data-dir=" + profile,
                        "--remote-debugging-port=0",
                        "about:blank")
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        CompletableFuture<String> listening = new CompletableFuture<>();
        Thread reader = new Thread(() -> read(process, listening), "browser");
        reader.setDaemon(true);
        reader.start();
        try {
            URI socket = URI.create(listening.get(PATIENCE, TimeUnit.SECONDS));
            return new Browser(process, "http://127.0.0.1:" + socket.getPort());
        } catch (Exception e) {
            process.destroyForcibly();
            throw e;
        }
    }

    /** Reads all that the browser has to say, so that it does not wait for a reader. */
    private static void read(Process process, CompletableFuture<String> listening) {
        String prefix = "DevTools listening on ";
        List<String> said = new ArrayList<>();
        try (BufferedReader lines = process.errorReader()) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith(prefix)) {
                    listening.complete(line.substring(prefix.length()).strip());
                }
                said.add(line);
            }
        } catch (IOException e) {
            said.add(e.toString());
        }
        listening.completeExceptionally(new IOException("the browser did not start: " + said));
    }

    /** Opens an empty page of this size. */
    public Page page(int width, int height, boolean phone, boolean dark) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(address + "/json/new?about:blank"))
                .PUT(HttpRequest.BodyPublishers.noBody())
                .build();
        JsonNode target =
                JSON.readTree(http.send(request, BodyHandlers.ofString()).body());
        Page page = new Page();
        page.socket = http.newWebSocketBuilder()
                .buildAsync(URI.create(target.get("webSocketDebuggerUrl").asText()), page)
                .get(PATIENCE, TimeUnit.SECONDS);
        for (String domain : List.of("Page", "Runtime", "Log", "Network")) {
            page.ask(domain + ".enable", Map.of());
        }
        page.ask(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", height, "deviceScaleFactor", phone ? 2 : 1, "mobile", phone));
        page.ask(
                "Emulation.setEmulatedMedia",
                Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", dark ? "dark" : "light"))));
        return page;
    }

    @Override
    public void close() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(10, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
        }
    }

    /** One tab. */
    public static final class Page implements WebSocket.Listener {
        private final Map<Integer, CompletableFuture<JsonNode>> answers = new ConcurrentHashMap<>();
        private final List<String> complaints = new CopyOnWriteArrayList<>();
        private final List<String> requests = new CopyOnWriteArrayList<>();
        private final StringBuilder part = new StringBuilder();
        private volatile CompletableFuture<Void> loaded = new CompletableFuture<>();
        private WebSocket socket;
        private int last;

        /** Loads a page, and waits until it is there with everything in it. */
        public void open(URI address) throws Exception {
            loaded = new CompletableFuture<>();
            ask("Page.navigate", Map.of("url", address.toString()));
            loaded.get(PATIENCE, TimeUnit.SECONDS);
        }

        /** Computes what an expression of JavaScript, or its promise, comes to. */
        public JsonNode evaluate(String expression) throws Exception {
            JsonNode answer = ask(
                    "Runtime.evaluate", Map.of("expression", expression, "returnByValue", true, "awaitPromise", true));
            if (answer.has("exceptionDetails")) {
                throw new IllegalStateException(expression + ": " + answer);
            }
            return answer.get("result").path("value");
        }

        /** Writes the whole page as it looks to a PNG file. */
        public void photograph(Path file) throws Exception {
            JsonNode answer = ask("Page.captureScreenshot", Map.of("format", "png", "captureBeyondViewport", true));
            Files.createDirectories(file.getParent());
            Files.write(file, Base64.getDecoder().decode(answer.get("data").asText()));
        }

        /** {@return errors and messages in the console} */
        public List<String> complaints() {
            return complaints;
        }

        /** {@return the addresses of all that was asked for} */
        public List<String> requests() {
            return requests;
        }

        private JsonNode ask(String method, Map<String, Object> parameters) throws Exception {
            int id = ++last;
            CompletableFuture<JsonNode> answer = new CompletableFuture<>();
            answers.put(id, answer);
            socket.sendText(JSON.writeValueAsString(Map.of("id", id, "method", method, "params", parameters)), true)
                    .get(PATIENCE, TimeUnit.SECONDS);
            JsonNode message = answer.get(PATIENCE, TimeUnit.SECONDS);
            if (message.has("error")) {
                throw new IllegalStateException(method + ": " + message.get("error"));
            }
            return message.get("result");
        }

        @Override
        public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean whole) {
            part.append(data);
            if (whole) {
                String message = part.toString();
                part.setLength(0);
                try {
                    accept(JSON.readTree(message));
                } catch (IOException e) {
                    complaints.add(e.toString());
                }
            }
            webSocket.request(1);
            return null;
        }

        private void accept(JsonNode message) {
            if (message.has("id")) {
                answers.remove(message.get("id").asInt()).complete(message);
                return;
            }
            switch (message.path("method").asText()) {
                case "Page.loadEventFired" -> loaded.complete(null);
                case "Network.requestWillBeSent" ->
                    requests.add(message.at("/params/request/url").asText());
                case "Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled" ->
                    complaints.add(message.toString());
                default -> {}
            }
        }
    }
}
