// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client.transport;

import dev.bellhop.api.Json;
import dev.bellhop.api.client.error.BellhopTransportException;
import dev.bellhop.api.client.transport.HttpConnections.Begun;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.ProtocolException;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * Sends requests to one server and returns answers with a status of success; all else is an exception of {@link
 * dev.bellhop.api.client.error}. Thread safe.
 */
public final class Transport implements AutoCloseable {

    /** Two streams of 16 MiB, each byte of which can take six characters of JSON, and room to spare. */
    private static final int MAX_ANSWER_BYTES = 256 << 20;

    private static final int MAX_ERROR_BYTES = 1 << 20;

    private final ServerUrl url;
    private final @Nullable SSLContext tls;
    private final Duration connectTimeout;
    private final Duration requestTimeout;
    private final RequestHeads heads;
    private final HttpConnections connections;
    private final Failures failures;

    /** Absent until the first WebSocket: an HTTP client of the JDK takes long to load. */
    private @Nullable SocketHandshakes handshakes;

    /**
     * A transport that has not connected yet.
     *
     * @param key the API key; absent where none is sent
     * @param tls for a server with TLS; absent for what the JDK trusts
     * @param connectTimeout how long a connection may take to come about
     * @param requestTimeout how long each answer may take as a whole
     * @throws IllegalArgumentException if the url or the key is none, with a message for a person
     */
    public Transport(
            URI url, @Nullable String key, @Nullable SSLContext tls, Duration connectTimeout, Duration requestTimeout) {
        this.url = ServerUrl.of(url);
        this.tls = tls;
        this.connectTimeout = connectTimeout;
        this.requestTimeout = requestTimeout;
        this.heads = new RequestHeads(this.url.uri(), key);
        this.connections = new HttpConnections(this.url.uri(), sockets(this.url, tls), connectTimeout);
        this.failures = new Failures(this.url.base(), connectTimeout, requestTimeout);
    }

    private static @Nullable SSLSocketFactory sockets(ServerUrl url, @Nullable SSLContext tls) {
        if (!url.isSecured()) {
            return null;
        }
        return tls != null ? tls.getSocketFactory() : (SSLSocketFactory) SSLSocketFactory.getDefault();
    }

    /**
     * Opens a WebSocket; a {@link BellhopTransportException} where it does not come about.
     *
     * @param ticket what lets in, as a subprotocol beside the first
     * @param maxText how many characters a text that comes may have
     * @param what is opened by it, for a message
     */
    public TicketSocket socket(
            String path, String subprotocol, String ticket, int maxText, TicketSocket.Receiver receiver, String what)
            throws InterruptedException {
        try {
            return TicketSocket.open(handshakes(), url.socket(path), subprotocol, ticket, maxText, receiver);
        } catch (IOException e) {
            throw failures.unopened(what, e);
        }
    }

    private synchronized SocketHandshakes handshakes() {
        SocketHandshakes current = handshakes;
        if (current == null) {
            current = new SocketHandshakes(tls, connectTimeout);
            handshakes = current;
        }
        return current;
    }

    public HttpAnswer get(String path) throws InterruptedException {
        return get(path, Duration.ZERO);
    }

    /** As the other, for an answer that the server may hold back for so long. */
    public HttpAnswer get(String path, Duration heldBack) throws InterruptedException {
        return send("GET", path, "", HttpAnswer.NO_BODY, heldBack);
    }

    public HttpAnswer delete(String path) throws InterruptedException {
        return delete(path, Duration.ZERO);
    }

    /** As the other, for an answer that the server may hold back for so long. */
    public HttpAnswer delete(String path, Duration heldBack) throws InterruptedException {
        return delete(path, heldBack, Map.of());
    }

    /** As the other, with more headers. */
    public HttpAnswer delete(String path, Duration heldBack, Map<String, String> headers) throws InterruptedException {
        return send("DELETE", path, RequestHeads.lines(headers), HttpAnswer.NO_BODY, heldBack);
    }

    public HttpAnswer post(String path, Object body) throws InterruptedException {
        return post(path, body, Duration.ZERO, Map.of());
    }

    /** As the other, for an answer that the server may hold back for so long, and with more headers. */
    public HttpAnswer post(String path, Object body, Duration heldBack, Map<String, String> headers)
            throws InterruptedException {
        return send(
                "POST",
                path,
                RequestHeads.JSON + RequestHeads.lines(headers),
                Json.mapper().writeValueAsBytes(body),
                heldBack);
    }

    public HttpAnswer put(String path, Object body, Map<String, String> headers) throws InterruptedException {
        return send(
                "PUT",
                path,
                RequestHeads.JSON + RequestHeads.lines(headers),
                Json.mapper().writeValueAsBytes(body),
                Duration.ZERO);
    }

    public HttpAnswer patch(String path, Object body, Map<String, String> headers) throws InterruptedException {
        return send(
                "PATCH",
                path,
                RequestHeads.JSON + RequestHeads.lines(headers),
                Json.mapper().writeValueAsBytes(body),
                Duration.ZERO);
    }

    public HttpAnswer postBytes(String path, byte[] body) throws InterruptedException {
        return send("POST", path, RequestHeads.BYTES, body, Duration.ZERO);
    }

    /** Opens an answer of any size, to be read as it comes. The timeout is for its beginning alone. */
    public InputStream open(String path) throws InterruptedException {
        return open(path, Map.of(), Duration.ZERO).body();
    }

    /**
     * An answer that is read as it comes.
     *
     * @param answer its head
     * @param body to be closed
     */
    public record Opened(HttpAnswer answer, InputStream body) {}

    /**
     * As the other, with more headers.
     *
     * @param silenceTimeout how long nothing may come; zero for no limit
     */
    public Opened open(String path, Map<String, String> headers, Duration silenceTimeout) throws InterruptedException {
        return open(path, headers, Duration.ZERO, silenceTimeout);
    }

    /** As the other, for an answer that the server may hold back for so long. */
    public Opened open(String path, Map<String, String> headers, Duration heldBack, Duration silenceTimeout)
            throws InterruptedException {
        Begun begun = begin(path, RequestHeads.lines(headers), heldBack);
        HttpConnection connection = begun.connection();
        limitSilence(connection, silenceTimeout);
        return new Opened(begun.answer(), new FilterInputStream(connection.body()) {
            @Override
            public void close() {
                connections.discard(connection);
            }
        });
    }

    /**
     * Puts a body of any size, read as it is sent. It may take any time to be sent; the timeout is for the answer.
     *
     * @param length absent where that shows at its end
     * @throws UncheckedIOException if the body cannot be read
     */
    public HttpAnswer put(
            String path, Map<String, String> headers, InputStream body, @Nullable Long length, Duration timeout)
            throws InterruptedException {
        String head = heads.of("PUT", path, RequestHeads.BYTES + RequestHeads.lines(headers), length);
        HttpConnection connection = null;
        try {
            // A connection of its own: one that was used may have been closed, and a stream is not sent twice.
            connection = connections.fresh();
            HttpAnswer answer = connection.send(head, body, length, timeout);
            answer = answer.withBody(read(connection, MAX_ERROR_BYTES));
            if (!answer.isSuccess()) {
                throw ErrorAnswers.read(answer, url.base());
            }
            return answer;
        } catch (HttpConnection.BodyException e) {
            throw new UncheckedIOException(e);
        } catch (IOException e) {
            throw failures.of(e);
        } finally {
            if (connection != null) {
                connections.discard(connection);
            }
        }
    }

    /**
     * Opens a stream of events; absent if nothing follows. The timeout is for its beginning alone.
     *
     * @param silenceTimeout how long nothing may come at all
     */
    public Optional<SseConnection> stream(String path, @Nullable String lastEventId, Duration silenceTimeout)
            throws InterruptedException {
        Map<String, String> position = lastEventId == null ? Map.of() : Map.of("Last-Event-ID", lastEventId);
        Begun begun = begin(path, RequestHeads.EVENTS + RequestHeads.lines(position), Duration.ZERO);
        HttpConnection connection = begun.connection();
        if (begun.answer().status() == 204) {
            connections.release(connection);
            return Optional.empty();
        }
        limitSilence(connection, silenceTimeout);
        return Optional.of(new SseConnection(connection.body(), () -> connections.discard(connection)));
    }

    private void limitSilence(HttpConnection connection, Duration timeout) throws InterruptedException {
        try {
            connection.silenceTimeout(timeout);
        } catch (IOException e) {
            connections.discard(connection);
            throw failures.of(e);
        }
    }

    private HttpAnswer send(String method, String path, String headers, byte[] body, Duration heldBack)
            throws InterruptedException {
        boolean hasBody = !method.equals("GET") && !method.equals("DELETE");
        String head = hasBody ? heads.of(method, path, headers, (long) body.length) : heads.of(method, path, headers);
        Begun begun = null;
        try {
            begun = connections.begin(head, body, method.equals("GET"), requestTimeout.plus(heldBack));
            HttpAnswer answer = begun.answer().withBody(read(begun.connection(), MAX_ANSWER_BYTES));
            connections.release(begun.connection());
            if (!answer.isSuccess()) {
                throw ErrorAnswers.read(answer, url.base());
            }
            return answer;
        } catch (IOException e) {
            if (begun != null) {
                connections.discard(begun.connection());
            }
            throw failures.of(e);
        }
    }

    /** Begins to GET what is read as it comes. */
    private Begun begin(String path, String headers, Duration heldBack) throws InterruptedException {
        try {
            Begun begun = connections.begin(
                    heads.of("GET", path, headers), HttpAnswer.NO_BODY, true, requestTimeout.plus(heldBack));
            if (begun.answer().isSuccess()) {
                return begun;
            }
            byte[] body;
            try {
                body = read(begun.connection(), MAX_ERROR_BYTES);
            } catch (IOException e) {
                body = HttpAnswer.NO_BODY; // The status says enough.
            }
            connections.discard(begun.connection());
            throw ErrorAnswers.read(begun.answer().withBody(body), url.base());
        } catch (IOException e) {
            throw failures.of(e);
        }
    }

    private static byte[] read(HttpConnection connection, int most) throws IOException {
        byte[] bytes = connection.body().readNBytes(most + 1);
        if (bytes.length > most) {
            throw new ProtocolException("it is too long");
        }
        return bytes;
    }

    /** What to say of a stream of events that has ended before its time. */
    public BellhopTransportException broken(Exception cause) {
        return failures.broken(cause);
    }

    /** What to say of an answer that is none of a Bellhop server's. */
    public BellhopTransportException notUnderstood(int status, @Nullable Exception cause) {
        return failures.notUnderstood(status, cause);
    }

    /** Gives up the connections; requests under way fail. */
    @Override
    public void close() {
        connections.close();
    }
}
