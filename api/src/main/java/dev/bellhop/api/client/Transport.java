// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client;

import dev.bellhop.api.Json;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Sends requests and returns answers with a status of success; all else is an exception. Thread safe. */
final class Transport implements AutoCloseable {

    /** Two streams of 16 MiB, each byte of which can take six characters of JSON, and room to spare. */
    private static final long MAX_ANSWER_BYTES = 256L << 20;

    private static final long MAX_ERROR_BYTES = 1L << 20;

    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(1);

    private final HttpClient http;
    private final String base;
    private final String key;
    private final Duration connectTimeout;
    private final Duration requestTimeout;

    Transport(
            URI url,
            String key,
            @Nullable TrustedAuthorities authorities,
            Duration connectTimeout,
            Duration requestTimeout) {
        this.base = base(url);
        this.key = key(key);
        this.connectTimeout = connectTimeout;
        this.requestTimeout = requestTimeout;
        // Redirects are not followed: they would carry the key to whatever host the answer names.
        HttpClient.Builder builder = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(connectTimeout);
        if (base.startsWith("http:")) {
            builder.sslContext(new NoTlsContext());
        } else if (authorities != null) {
            builder.sslContext(authorities.context());
        }
        http = builder.build();
    }

    private static String base(URI url) {
        String scheme = url.getScheme();
        if (!"http".equalsIgnoreCase(scheme) && !"https".equalsIgnoreCase(scheme)) {
            throw new IllegalArgumentException("Cannot use a URL that does not begin with http:// or https://");
        }
        if (url.getHost() == null) {
            throw new IllegalArgumentException("Cannot use a URL that names no host");
        }
        if (url.getRawUserInfo() != null || url.getRawQuery() != null || url.getRawFragment() != null) {
            throw new IllegalArgumentException("Cannot use a URL with a user, a query or a fragment in it");
        }
        String rest = url.toString().substring(scheme.length());
        return scheme.toLowerCase(Locale.ROOT) + rest.replaceFirst("/+$", "");
    }

    private static String key(String key) {
        if (key.isEmpty() || !key.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            throw new IllegalArgumentException(
                    "Cannot use a key that is empty or has blanks or other than ASCII in it");
        }
        return key;
    }

    HttpResponse<byte[]> get(String path) throws InterruptedException {
        return send(request(path).GET());
    }

    HttpResponse<byte[]> delete(String path) throws InterruptedException {
        return send(request(path).DELETE());
    }

    /** As the other, for an answer that the server may hold back for so long. */
    HttpResponse<byte[]> get(String path, Duration heldBack) throws InterruptedException {
        return send(request(path).timeout(requestTimeout.plus(heldBack)).GET());
    }

    HttpResponse<byte[]> post(String path, Object body) throws InterruptedException {
        return post(path, body, Duration.ZERO, Map.of());
    }

    /** As the other, for an answer that the server may hold back for so long, and with more headers. */
    HttpResponse<byte[]> post(String path, Object body, Duration heldBack, Map<String, String> headers)
            throws InterruptedException {
        byte[] json = Json.mapper().writeValueAsBytes(body);
        HttpRequest.Builder request = request(path).timeout(requestTimeout.plus(heldBack));
        headers.forEach(request::header);
        return send(
                request.header("Content-Type", "application/json").POST(HttpRequest.BodyPublishers.ofByteArray(json)));
    }

    HttpResponse<byte[]> put(String path, Object body) throws InterruptedException {
        byte[] json = Json.mapper().writeValueAsBytes(body);
        return send(request(path)
                .header("Content-Type", "application/json")
                .PUT(HttpRequest.BodyPublishers.ofByteArray(json)));
    }

    HttpResponse<byte[]> postBytes(String path, byte[] body) throws InterruptedException {
        return send(request(path)
                .header("Content-Type", "application/octet-stream")
                .POST(HttpRequest.BodyPublishers.ofByteArray(body)));
    }

    /** Opens an answer of any size, to be read as it comes. The timeout is for its beginning alone. */
    InputStream open(String path) throws InterruptedException {
        HttpResponse<InputStream> begun;
        try {
            begun = http.send(request(path).build(), HttpResponse.BodyHandlers.ofInputStream());
        } catch (IOException e) {
            throw failure(e);
        }
        if (begun.statusCode() / 100 == 2) {
            return begun.body();
        }
        try (InputStream body = begun.body()) {
            throw ErrorAnswers.read(begun, body.readNBytes((int) MAX_ERROR_BYTES), base);
        } catch (IOException e) {
            throw failure(e);
        }
    }

    /** Opens a stream of events. The timeout is for its beginning alone, as Java 25 has it. */
    HttpResponse<Flow.Publisher<List<ByteBuffer>>> stream(String path, @Nullable String lastEventId)
            throws InterruptedException {
        HttpRequest.Builder request = request(path).header("Accept", "text/event-stream");
        if (lastEventId != null) {
            request.header("Last-Event-ID", lastEventId);
        }
        HttpResponse<Flow.Publisher<List<ByteBuffer>>> begun;
        try {
            begun = http.send(request.build(), HttpResponse.BodyHandlers.ofPublisher());
        } catch (IOException e) {
            throw failure(e);
        }
        if (begun.statusCode() / 100 != 2) {
            throw ErrorAnswers.read(begun, whole(begun.body()), base);
        }
        return begun;
    }

    /** The body of an error, which is small and there soon. */
    private byte[] whole(Flow.Publisher<List<ByteBuffer>> body) throws InterruptedException {
        HttpResponse.BodySubscriber<byte[]> bytes =
                HttpResponse.BodySubscribers.limiting(HttpResponse.BodySubscribers.ofByteArray(), MAX_ERROR_BYTES);
        body.subscribe(bytes);
        try {
            return bytes.getBody().toCompletableFuture().get(requestTimeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException | TimeoutException e) {
            return new byte[0]; // The status says enough.
        }
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(base + path))
                .timeout(requestTimeout)
                .header("Authorization", "Bearer " + key);
    }

    private HttpResponse<byte[]> send(HttpRequest.Builder request) throws InterruptedException {
        HttpResponse<byte[]> answer;
        try {
            answer = http.send(
                    request.build(),
                    HttpResponse.BodyHandlers.limiting(HttpResponse.BodyHandlers.ofByteArray(), MAX_ANSWER_BYTES));
        } catch (IOException e) {
            throw failure(e);
        }
        if (answer.statusCode() / 100 != 2) {
            throw ErrorAnswers.read(answer, answer.body(), base);
        }
        return answer;
    }

    /** What to say of a stream that has ended before its time. */
    BellhopTransportException broken(Exception cause) {
        return new BellhopTransportException(
                BellhopTransportException.Kind.BROKEN,
                "Cannot follow the execution because the connection to " + base + " broke",
                cause);
    }

    private BellhopTransportException failure(IOException e) {
        if (base.startsWith("http:") && TlsTrouble.isNoHttp(e)) {
            return new BellhopTransportException(
                    BellhopTransportException.Kind.NOT_UNDERSTOOD,
                    "Cannot understand the answer of " + base
                            + " because it is no HTTP; a server with TLS has a URL that" + " begins with https://",
                    null);
        }
        return TlsTrouble.of(e, base).orElseGet(() -> failureOfConnection(e));
    }

    private BellhopTransportException failureOfConnection(IOException e) {
        return switch (e) {
            case HttpConnectTimeoutException timeout ->
                new BellhopTransportException(
                        BellhopTransportException.Kind.NOT_CONNECTED,
                        "Cannot reach " + base + " because nothing answered within " + seconds(connectTimeout),
                        e);
            case HttpTimeoutException timeout ->
                new BellhopTransportException(
                        BellhopTransportException.Kind.TIMED_OUT,
                        "Cannot wait longer for " + base + " because no answer came within " + seconds(requestTimeout),
                        e);
            case ConnectException refused ->
                new BellhopTransportException(
                        BellhopTransportException.Kind.NOT_CONNECTED,
                        "Cannot reach " + base + " because " + connectReason(refused),
                        e);
            default ->
                new BellhopTransportException(
                        BellhopTransportException.Kind.BROKEN,
                        "Cannot get an answer from " + base + " because the connection broke",
                        e);
        };
    }

    private static String connectReason(ConnectException refused) {
        for (Throwable cause = refused; cause != null; cause = cause.getCause()) {
            if (cause instanceof UnresolvedAddressException || cause instanceof UnknownHostException) {
                return "no host of that name is known";
            }
        }
        return "nothing listens there";
    }

    BellhopTransportException notUnderstood(HttpResponse<byte[]> answer, @Nullable Exception cause) {
        return notUnderstood(answer.statusCode(), cause);
    }

    BellhopTransportException notUnderstood(int status, @Nullable Exception cause) {
        // The cause's message can quote the answer, so the exception goes without its cause's words.
        String detail = cause == null ? "" : " (" + cause.getClass().getSimpleName() + ")";
        return new BellhopTransportException(
                BellhopTransportException.Kind.NOT_UNDERSTOOD,
                "Cannot understand the answer of " + base + " with status " + status + detail
                        + "; check that a Bellhop server of this version is there",
                null);
    }

    /** For a path segment or a query value. Dots are encoded too, so that no segment can be "..". */
    static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8)
                .replace("+", "%20")
                .replace(".", "%2E");
    }

    private static String seconds(Duration duration) {
        return duration.toMillis() % 1000 == 0 ? duration.toSeconds() + " s" : duration.toMillis() + " ms";
    }

    @Override
    public void close() {
        http.shutdownNow();
        try {
            // A JVM that ends while the client's selector thread is in a system call waits 300 ms for it.
            var _ = http.awaitTermination(CLOSE_TIMEOUT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
