// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A small real HTTP server that answers as a test tells it to, for tests of clients. Each answer is held to {@code
 * openapi.yaml} unless the test says otherwise: a client tested against answers that no server gives is not tested.
 * {@link #close} fails when one was not as documented. Thread safe.
 */
public final class StubServer implements AutoCloseable {

    /**
     * A request as it came.
     *
     * @param target path and query
     */
    public record Request(String method, String target, Map<String, List<String>> headers, String body) {

        /** The first value of a header; null without one. */
        public @Nullable String header(String name) {
            return HttpHeaders.of(headers, (n, v) -> true).firstValue(name).orElse(null);
        }
    }

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Map<String, Function<Request, StubAnswer>> answers = new ConcurrentHashMap<>();
    private volatile Function<Request, StubAnswer> otherwise = StubAnswer::notFound;
    private final List<Request> requests = new CopyOnWriteArrayList<>();
    private final List<Throwable> faults = new CopyOnWriteArrayList<>();

    /** A server on a free port of the loopback address, which answers 404 until it is told more. */
    public StubServer() {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    public URI url() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    /** What to answer to a method and a path without its query; the latest word counts. */
    public StubServer on(String method, String path, Function<Request, StubAnswer> answer) {
        answers.put(method + " " + path, answer);
        return this;
    }

    public StubServer on(String method, String path, StubAnswer answer) {
        return on(method, path, request -> answer);
    }

    /** Answers requests that no other answer is for. */
    public StubServer otherwise(StubAnswer answer) {
        otherwise = request -> answer;
        return this;
    }

    /** All requests so far, in the order they came. */
    public List<Request> requests() {
        return List.copyOf(requests);
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            Request request = new Request(
                    exchange.getRequestMethod(),
                    exchange.getRequestURI().toString(),
                    Map.copyOf(exchange.getRequestHeaders()),
                    new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            requests.add(request);
            StubAnswer answer = answers.getOrDefault(
                            request.method() + " " + exchange.getRequestURI().getRawPath(), otherwise)
                    .apply(request);
            check(request, answer);
            answer.headers().forEach(exchange.getResponseHeaders()::set);
            exchange.sendResponseHeaders(answer.status(), answer.body().length == 0 ? -1 : answer.body().length);
            exchange.getResponseBody().write(answer.body());
        } catch (RuntimeException e) {
            faults.add(e);
            throw e;
        }
    }

    private void check(Request request, StubAnswer answer) {
        if (!answer.asDocumented()) {
            return;
        }
        try {
            ContractChecker.check(
                    request.method(),
                    request.target(),
                    answer.status(),
                    HttpHeaders.of(multi(answer.headers()), (n, v) -> true),
                    answer.body());
        } catch (AssertionError e) {
            faults.add(e);
        }
    }

    private static Map<String, List<String>> multi(Map<String, String> headers) {
        Map<String, List<String>> multi = new ConcurrentHashMap<>();
        headers.forEach((name, value) -> multi.put(name, List.of(value)));
        return multi;
    }

    @Override
    public void close() {
        server.stop(0);
        threads.close();
        if (!faults.isEmpty()) {
            AssertionError failure = new AssertionError("the stub answered what no server may answer");
            faults.forEach(failure::addSuppressed);
            throw failure;
        }
    }
}
