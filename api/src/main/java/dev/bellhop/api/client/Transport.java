// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client;

import dev.bellhop.api.Json;
import dev.bellhop.api.v2.forward.ForwardTicket;
import dev.bellhop.api.v2.terminal.TerminalTicket;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Deque;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/** Sends requests and returns answers with a status of success; all else is an exception. Thread safe. */
final class Transport implements AutoCloseable {

    /** Two streams of 16 MiB, each byte of which can take six characters of JSON, and room to spare. */
    private static final int MAX_ANSWER_BYTES = 256 << 20;

    private static final int MAX_ERROR_BYTES = 1 << 20;

    /** How many connections are kept for later. */
    private static final int MAX_IDLE = 8;

    private static final int MAX_PORT = 65535;

    private static final String LINE_END = "\r\n";
    private static final String JSON = "Content-Type: application/json" + LINE_END;
    private static final String BYTES = "Content-Type: application/octet-stream" + LINE_END;

    private final URI url;
    private final String base;
    private final String authorization;
    private final @Nullable SSLSocketFactory tls;
    private final @Nullable SSLContext context;
    private final Duration connectTimeout;
    private final Duration requestTimeout;

    /** All that are open, so that they can be closed. */
    private final Set<HttpConnection> open = ConcurrentHashMap.newKeySet();

    /** Those of them that wait for the next request, the one used last in front. */
    private final Deque<HttpConnection> idle = new ConcurrentLinkedDeque<>();

    private volatile boolean closed;

    /** @param key absent where none is sent */
    Transport(
            URI url,
            @Nullable String key,
            @Nullable TrustedAuthorities authorities,
            Duration connectTimeout,
            Duration requestTimeout) {
        this.base = base(url);
        this.url = URI.create(base);
        this.authorization = key == null ? "" : "Authorization: Bearer " + key(key) + LINE_END;
        this.connectTimeout = connectTimeout;
        this.requestTimeout = requestTimeout;
        this.context = authorities == null ? null : authorities.context();
        this.tls = base.startsWith("http:")
                ? null
                : authorities != null
                        ? authorities.context().getSocketFactory()
                        : (SSLSocketFactory) SSLSocketFactory.getDefault();
    }

    private static String base(URI url) {
        String scheme = url.getScheme();
        if (!"http".equalsIgnoreCase(scheme) && !"https".equalsIgnoreCase(scheme)) {
            throw new IllegalArgumentException("Cannot use a URL that does not begin with http:// or https://");
        }
        if (url.getHost() == null) {
            throw new IllegalArgumentException("Cannot use a URL that names no host");
        }
        if (url.getPort() == 0 || url.getPort() > MAX_PORT) {
            throw new IllegalArgumentException("Cannot use a URL with a port that is not between 1 and " + MAX_PORT);
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

    /** Opens a terminal's WebSocket; a {@link BellhopTransportException} where it does not come about. */
    TerminalConnection socket(String path, TerminalTicket ticket, TerminalConnection.Screen screen)
            throws InterruptedException {
        try {
            return TerminalConnection.open(
                    URI.create(base.replaceFirst("^http", "ws") + path), context, ticket, screen, connectTimeout);
        } catch (IOException e) {
            throw new BellhopTransportException(
                    BellhopTransportException.Kind.BROKEN,
                    "Cannot open the terminal at " + base + " because " + e.getMessage(),
                    e);
        }
    }

    /** The same of a forwarded connection's. */
    ForwardConnection socket(ForwardTicket ticket, ForwardConnection.Sink sink) throws InterruptedException {
        try {
            return ForwardConnection.open(
                    URI.create(base.replaceFirst("^http", "ws") + ticket.socket()),
                    context,
                    ticket,
                    sink,
                    connectTimeout);
        } catch (IOException e) {
            throw new BellhopTransportException(
                    BellhopTransportException.Kind.BROKEN,
                    "Cannot open the connection at " + base + " because " + e.getMessage(),
                    e);
        }
    }

    HttpAnswer get(String path) throws InterruptedException {
        return get(path, Duration.ZERO);
    }

    /** As the other, for an answer that the server may hold back for so long. */
    HttpAnswer get(String path, Duration heldBack) throws InterruptedException {
        return send("GET", path, "", HttpAnswer.NO_BODY, heldBack);
    }

    HttpAnswer delete(String path) throws InterruptedException {
        return delete(path, Duration.ZERO);
    }

    /** As the other, for an answer that the server may hold back for so long. */
    HttpAnswer delete(String path, Duration heldBack) throws InterruptedException {
        return send("DELETE", path, "", HttpAnswer.NO_BODY, heldBack);
    }

    HttpAnswer post(String path, Object body) throws InterruptedException {
        return post(path, body, Duration.ZERO, Map.of());
    }

    /** As the other, for an answer that the server may hold back for so long, and with more headers. */
    HttpAnswer post(String path, Object body, Duration heldBack, Map<String, String> headers)
            throws InterruptedException {
        return send("POST", path, JSON + lines(headers), Json.mapper().writeValueAsBytes(body), heldBack);
    }

    HttpAnswer put(String path, Object body) throws InterruptedException {
        return send("PUT", path, JSON, Json.mapper().writeValueAsBytes(body), Duration.ZERO);
    }

    HttpAnswer postBytes(String path, byte[] body) throws InterruptedException {
        return send("POST", path, BYTES, body, Duration.ZERO);
    }

    /** Opens an answer of any size, to be read as it comes. The timeout is for its beginning alone. */
    InputStream open(String path) throws InterruptedException {
        return open(path, Map.of(), Duration.ZERO).body();
    }

    /**
     * An answer that is read as it comes.
     *
     * @param answer its head
     * @param body to be closed
     */
    record Opened(HttpAnswer answer, InputStream body) {}

    /**
     * As the other, with more headers.
     *
     * @param silenceTimeout how long nothing may come; zero for no limit
     */
    Opened open(String path, Map<String, String> headers, Duration silenceTimeout) throws InterruptedException {
        return open(path, headers, Duration.ZERO, silenceTimeout);
    }

    /** As the other, for an answer that the server may hold back for so long. */
    Opened open(String path, Map<String, String> headers, Duration heldBack, Duration silenceTimeout)
            throws InterruptedException {
        Begun begun = begin(path, lines(headers), heldBack);
        HttpConnection connection = begun.connection();
        try {
            connection.silenceTimeout(silenceTimeout);
        } catch (IOException e) {
            throw failure(e);
        }
        return new Opened(begun.answer(), new FilterInputStream(connection.body()) {
            @Override
            public void close() {
                discard(connection);
            }
        });
    }

    private static String lines(Map<String, String> headers) {
        StringBuilder lines = new StringBuilder();
        headers.forEach((name, value) ->
                lines.append(name).append(": ").append(visible(value)).append(LINE_END));
        return lines.toString();
    }

    /**
     * Puts a body of any size, read as it is sent. It may take any time to be sent; the timeout is for the answer.
     *
     * @param length absent where that shows at its end
     * @throws UncheckedIOException if the body cannot be read
     */
    HttpAnswer put(String path, Map<String, String> headers, InputStream body, @Nullable Long length, Duration timeout)
            throws InterruptedException {
        String head = "PUT " + url.getRawPath() + path + " HTTP/1.1" + LINE_END + "Host: " + url.getRawAuthority()
                + LINE_END + authorization + BYTES + lines(headers)
                + (length == null ? "Transfer-Encoding: chunked" : "Content-Length: " + length) + LINE_END;
        HttpConnection connection = null;
        try {
            // A connection of its own: one that was used may have been closed, and a stream is not sent twice.
            connection = HttpConnection.open(url, tls, connectTimeout);
            open.add(connection);
            HttpAnswer answer = connection.send(head, body, length, timeout);
            answer = answer.withBody(read(connection, MAX_ERROR_BYTES));
            if (!answer.isSuccess()) {
                throw ErrorAnswers.read(answer, base);
            }
            return answer;
        } catch (HttpConnection.BodyException e) {
            throw new UncheckedIOException(e);
        } catch (IOException e) {
            throw failure(e);
        } finally {
            if (connection != null) {
                discard(connection);
            }
        }
    }

    /**
     * Opens a stream of events; absent if nothing follows. The timeout is for its beginning alone.
     *
     * @param silenceTimeout how long nothing may come at all
     */
    Optional<SseConnection> stream(String path, @Nullable String lastEventId, Duration silenceTimeout)
            throws InterruptedException {
        String position = lastEventId == null ? "" : "Last-Event-ID: " + visible(lastEventId) + LINE_END;
        Begun begun = begin(path, "Accept: text/event-stream" + LINE_END + position, Duration.ZERO);
        HttpConnection connection = begun.connection();
        if (begun.answer().status() == 204) {
            release(connection);
            return Optional.empty();
        }
        try {
            connection.silenceTimeout(silenceTimeout);
        } catch (IOException e) {
            throw failure(e);
        }
        return Optional.of(new SseConnection(connection.body(), () -> discard(connection)));
    }

    private HttpAnswer send(String method, String path, String headers, byte[] body, Duration heldBack)
            throws InterruptedException {
        Begun begun = null;
        try {
            begun = begin(method, path, headers, body, requestTimeout.plus(heldBack));
            HttpAnswer answer = begun.answer().withBody(read(begun.connection(), MAX_ANSWER_BYTES));
            release(begun.connection());
            if (!answer.isSuccess()) {
                throw ErrorAnswers.read(answer, base);
            }
            return answer;
        } catch (IOException e) {
            if (begun != null) {
                discard(begun.connection());
            }
            throw failure(e);
        }
    }

    /** Begins to GET what is read as it comes. */
    private Begun begin(String path, String headers, Duration heldBack) throws InterruptedException {
        try {
            Begun begun = begin("GET", path, headers, HttpAnswer.NO_BODY, requestTimeout.plus(heldBack));
            if (begun.answer().isSuccess()) {
                return begun;
            }
            byte[] body;
            try {
                body = read(begun.connection(), MAX_ERROR_BYTES);
            } catch (IOException e) {
                body = HttpAnswer.NO_BODY; // The status says enough.
            }
            discard(begun.connection());
            throw ErrorAnswers.read(begun.answer().withBody(body), base);
        } catch (IOException e) {
            throw failure(e);
        }
    }

    /** An answer whose head is there. */
    private record Begun(HttpConnection connection, HttpAnswer answer) {}

    private Begun begin(String method, String path, String headers, byte[] body, Duration timeout) throws IOException {
        boolean hasBody = !method.equals("GET") && !method.equals("DELETE");
        String head = method + ' ' + url.getRawPath() + path + " HTTP/1.1" + LINE_END + "Host: "
                + url.getRawAuthority() + LINE_END + authorization + headers
                + (hasBody ? "Content-Length: " + body.length + LINE_END : "");
        while (true) {
            HttpConnection connection = connection();
            try {
                return new Begun(connection, connection.send(head, body, timeout));
            } catch (HttpConnection.StaleException e) {
                discard(connection);
                // Another request might be carried out twice.
                if (!method.equals("GET") || Thread.currentThread().isInterrupted()) {
                    throw e;
                }
            } catch (IOException e) {
                discard(connection);
                throw e;
            }
        }
    }

    private static byte[] read(HttpConnection connection, int most) throws IOException {
        byte[] bytes = connection.body().readNBytes(most + 1);
        if (bytes.length > most) {
            throw new ProtocolException("it is too long");
        }
        return bytes;
    }

    private HttpConnection connection() throws IOException {
        for (HttpConnection waiting = idle.poll(); waiting != null; waiting = idle.poll()) {
            if (waiting.isUsable()) {
                return waiting;
            }
            discard(waiting);
        }
        if (closed) {
            throw new ClosedChannelException();
        }
        HttpConnection fresh = HttpConnection.open(url, tls, connectTimeout);
        open.add(fresh);
        if (closed) {
            discard(fresh);
        }
        return fresh;
    }

    /** Keeps a connection for the next request, if it can carry one and not enough are kept already. */
    private void release(HttpConnection connection) {
        if (!connection.isReusable()) {
            discard(connection);
            return;
        }
        idle.push(connection);
        HttpConnection oldest = idle.size() > MAX_IDLE ? idle.pollLast() : null;
        if (oldest != null) {
            discard(oldest);
        }
    }

    private void discard(HttpConnection connection) {
        open.remove(connection);
        connection.close();
    }

    /** A header ends with its line: nothing else may be added by its value. */
    private static String visible(String value) {
        if (!value.chars().allMatch(c -> c >= ' ' && c < 0x7f)) {
            throw new IllegalArgumentException("Cannot send a header with other than visible characters of ASCII");
        }
        return value;
    }

    /** What to say of a stream that has ended before its time. */
    BellhopTransportException broken(Exception cause) {
        return new BellhopTransportException(
                BellhopTransportException.Kind.BROKEN,
                "Cannot follow the execution because the connection to " + base + " broke",
                cause);
    }

    private BellhopTransportException failure(IOException e) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        if (e instanceof ProtocolException) {
            return new BellhopTransportException(
                    BellhopTransportException.Kind.NOT_UNDERSTOOD,
                    "Cannot understand the answer of " + base + " because " + e.getMessage(),
                    null);
        }
        return TlsTrouble.of(e, base).orElseGet(() -> failureOfConnection(e));
    }

    private BellhopTransportException failureOfConnection(IOException e) {
        return switch (e) {
            case HttpConnection.UnconnectedException unconnected ->
                new BellhopTransportException(
                        unconnected.refusalOfProxy().isPresent()
                                ? BellhopTransportException.Kind.REFUSED_BY_PROXY
                                : BellhopTransportException.Kind.NOT_CONNECTED,
                        "Cannot reach " + base + " because " + connectReason(unconnected),
                        e);
            case SocketTimeoutException timeout ->
                new BellhopTransportException(
                        BellhopTransportException.Kind.TIMED_OUT,
                        "Cannot wait longer for " + base + " because no answer came within " + seconds(requestTimeout),
                        e);
            default ->
                new BellhopTransportException(
                        BellhopTransportException.Kind.BROKEN,
                        "Cannot get an answer from " + base + " because the connection broke",
                        e);
        };
    }

    private String connectReason(HttpConnection.UnconnectedException e) {
        Throwable cause = e.getCause();
        if (e.isWithinTls()) {
            return cause instanceof SocketTimeoutException
                    ? "TLS did not come about within " + seconds(connectTimeout)
                    : "the connection broke before TLS came about";
        }
        String proxy = e.proxy().orElse(null);
        if (proxy != null) {
            return e.refusalOfProxy()
                    .map(refusal -> "the proxy " + proxy + " does not connect to it: it answered " + refusal)
                    .orElse("the proxy " + proxy + " cannot be reached, or does not connect to it");
        }
        return switch (cause) {
            case SocketTimeoutException timeout -> "nothing answered within " + seconds(connectTimeout);
            case UnknownHostException unknown -> "no host of that name is known";
            case null, default -> "nothing listens there";
        };
    }

    BellhopTransportException notUnderstood(HttpAnswer answer, @Nullable Exception cause) {
        return notUnderstood(answer.status(), cause);
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
        closed = true;
        open.forEach(HttpConnection::close);
    }
}
