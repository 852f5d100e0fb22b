// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client.transport;

import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * One connection to a server, on which requests of HTTP/1.1 (RFC 9112) follow each other.
 *
 * <p>In place of the JDK's own client, which takes longer to start than a whole {@code bellhop exec} may take. It knows what
 * a client of one server needs and no more: no redirects, no cookies, no compression, no HTTP/2.
 *
 * <p>For one thread at a time, but {@link #close} is for any: it makes a read that waits fail. An interrupt does so too.
 */
final class HttpConnection implements AutoCloseable {

    private static final int HTTPS_PORT = 443;
    private static final int HTTP_PORT = 80;
    private static final int BUFFER_BYTES = 16 << 10;

    private static final int PIECE_BYTES = 64 << 10;
    private static final byte[] LINE_END = {'\r', '\n'};

    /** So much fits into the buffers of the system: sending it does not wait for the server. */
    private static final int UNWATCHED_BYTES = 4 << 10;

    /** The socket below TLS, or the only one. */
    private final Socket raw;

    private final OutputStream out;
    private final HttpReader in;
    private boolean used;

    private HttpConnection(Socket raw, Socket socket) throws IOException {
        this.raw = raw;
        InputStream input = socket.getInputStream();
        OutputStream output = socket.getOutputStream();
        if (raw.getChannel() == null) {
            InterruptibleStreams interruptible = new InterruptibleStreams(raw);
            input = interruptible.input(input);
            output = interruptible.output(output);
        }
        this.out = new BufferedOutputStream(output, BUFFER_BYTES);
        this.in = new HttpReader(socket, input);
    }

    /** How Java says that a proxy does not connect, which it does in no other way. */
    private static final Pattern REFUSED_TUNNEL =
            Pattern.compile("^Unable to tunnel through proxy. Proxy returns \"HTTP/[0-9.]+ ([0-9]{3}[ -~]{0,80})\"");

    /** A connection, or TLS on it, did not come about. Nothing of a request was sent. */
    static final class UnconnectedException extends IOException {
        private static final long serialVersionUID = 1L;

        private final boolean withinTls;
        private final transient @Nullable Proxy proxy;

        private UnconnectedException(IOException cause, boolean withinTls, @Nullable Proxy proxy) {
            super(cause.getMessage(), cause);
            this.withinTls = withinTls;
            this.proxy = proxy;
        }

        /** The address of the proxy that was to connect; empty where none was. */
        Optional<String> proxy() {
            return proxy != null && proxy.address() instanceof InetSocketAddress address
                    ? Optional.of(address.getHostString() + ":" + address.getPort())
                    : Optional.empty();
        }

        /** What the proxy answered in place of connecting, such as "403 Forbidden"; empty where it did not answer. */
        Optional<String> refusalOfProxy() {
            Matcher refusal = REFUSED_TUNNEL.matcher(String.valueOf(getMessage()));
            return refusal.find() ? Optional.of(refusal.group(1)) : Optional.empty();
        }

        /** Whether there was a connection, and TLS failed. */
        boolean isWithinTls() {
            return withinTls;
        }
    }

    /** The server closed a connection that had been used before, and has not begun to answer. */
    static final class StaleException extends IOException {
        private static final long serialVersionUID = 1L;

        private StaleException(IOException cause) {
            super(cause);
        }
    }

    /**
     * Connects.
     *
     * @param tls makes the sockets of TLS; absent for a server without it
     * @param timeout for all of it
     * @throws UnconnectedException if there is no connection, with TLS if so wished, within the timeout
     */
    static HttpConnection open(URI url, @Nullable SSLSocketFactory tls, Duration timeout) throws IOException {
        int port = url.getPort() >= 0 ? url.getPort() : tls == null ? HTTP_PORT : HTTPS_PORT;
        String name = url.getHost();
        String host = name.startsWith("[") ? name.substring(1, name.length() - 1) : name; // An IPv6 address.
        long deadline = System.nanoTime() + timeout.toNanos();
        Socket raw = null;
        boolean connected = false;
        Proxy proxy = proxy(url);
        try {
            boolean direct = proxy.type() == Proxy.Type.DIRECT;
            // An interrupt closes a socket of a channel; a proxy is only for the other kind.
            raw = direct ? SocketChannel.open().socket() : new Socket(proxy);
            raw.setTcpNoDelay(true);
            // The proxy may know names that are not known here.
            InetSocketAddress target =
                    direct ? new InetSocketAddress(host, port) : InetSocketAddress.createUnresolved(host, port);
            raw.connect(target, (int) timeout.toMillis());
            connected = true;
            return new HttpConnection(raw, tls == null ? raw : secured(raw, tls, host, port, deadline));
        } catch (IOException e) {
            closeQuietly(raw);
            throw new UnconnectedException(
                    e, connected && tls != null, proxy.type() == Proxy.Type.DIRECT ? null : proxy);
        }
    }

    private static Proxy proxy(URI url) {
        ProxySelector selector = ProxySelector.getDefault();
        List<Proxy> proxies = selector == null ? List.of() : selector.select(url);
        return proxies.isEmpty() ? Proxy.NO_PROXY : proxies.get(0);
    }

    private static Socket secured(Socket raw, SSLSocketFactory tls, String host, int port, long deadline)
            throws IOException {
        SSLSocket secured = (SSLSocket) tls.createSocket(raw, host, port, true);
        SSLParameters parameters = secured.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS"); // Or any name would do.
        secured.setSSLParameters(parameters);
        Watchdog watchdog = Watchdog.over(raw, deadline);
        try (watchdog) {
            secured.startHandshake();
        } catch (IOException e) {
            watchdog.check();
            throw e;
        }
        watchdog.check();
        return secured;
    }

    /** Whether it may be kept for another request, after the answer to the one before. */
    boolean isReusable() {
        return raw.getChannel() != null && in.isReusable();
    }

    /**
     * Whether another request may be sent on it: the server has not closed it, nor said anything that nobody asked for.
     * Only for one between two requests.
     */
    boolean isUsable() {
        SocketChannel channel = raw.getChannel();
        if (channel == null || !in.isReusable()) {
            return false;
        }
        try {
            channel.configureBlocking(false);
            int read = channel.read(ByteBuffer.allocate(1));
            channel.configureBlocking(true);
            return read == 0;
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * Sends a request and reads the head of its answer.
     *
     * @param head the request line and the headers, each with its line's end, without the empty line
     * @param timeout for sending, the head and the body, where {@link #silenceTimeout} does not end it after the head
     * @throws StaleException if it may be that the server has not seen the request
     */
    HttpAnswer send(String head, byte[] body, Duration timeout) throws IOException {
        boolean reused = used;
        used = true;
        long deadline = System.nanoTime() + timeout.toNanos();
        IOException unsent = null;
        try {
            write(head, body, deadline);
        } catch (SocketTimeoutException e) {
            throw e;
        } catch (IOException e) {
            // The server may have answered before it had read all, and closed the connection then.
            unsent = e;
        }
        try {
            return in.head(deadline);
        } catch (SocketTimeoutException | ProtocolException e) {
            throw e;
        } catch (IOException e) {
            throw reused && !in.hasBegun() ? new StaleException(e) : unsent != null ? unsent : e;
        }
    }

    /**
     * Sends a request whose body is read while it is sent, and reads the head of its answer. For a connection that was not used before.
     *
     * @param length of the body; absent to send it in chunks
     * @param timeout for the answer, once all is sent
     * @throws BodyException if the body cannot be read
     */
    HttpAnswer send(String head, InputStream body, @Nullable Long length, Duration timeout) throws IOException {
        used = true;
        IOException unsent = null;
        try {
            out.write((head + "\r\n").getBytes(StandardCharsets.US_ASCII));
            if (length == null) {
                writeChunks(body);
            } else {
                writeAll(body, length);
            }
            out.flush();
        } catch (BodyException e) {
            throw e;
        } catch (IOException e) {
            // The server may have answered before it had read all, and closed the connection then.
            unsent = e;
        }
        try {
            return in.head(System.nanoTime() + timeout.toNanos());
        } catch (SocketTimeoutException | ProtocolException e) {
            throw e;
        } catch (IOException e) {
            throw unsent != null ? unsent : e;
        }
    }

    /** What is to be sent cannot be read. */
    static final class BodyException extends IOException {
        private static final long serialVersionUID = 1L;

        private BodyException(IOException cause) {
            super(cause);
        }
    }

    private static int read(InputStream body, byte[] piece, int most) throws BodyException {
        try {
            return body.readNBytes(piece, 0, most);
        } catch (IOException e) {
            throw new BodyException(e);
        }
    }

    private void writeAll(InputStream body, long length) throws IOException {
        byte[] piece = new byte[PIECE_BYTES];
        for (long left = length; left > 0; ) {
            int count = read(body, piece, (int) Math.min(left, piece.length));
            if (count == 0) {
                throw new BodyException(new EOFException("it has become shorter"));
            }
            out.write(piece, 0, count);
            left -= count;
        }
    }

    private void writeChunks(InputStream body) throws IOException {
        byte[] piece = new byte[PIECE_BYTES];
        for (int count = read(body, piece, piece.length); count > 0; count = read(body, piece, piece.length)) {
            out.write((Integer.toHexString(count) + "\r\n").getBytes(StandardCharsets.US_ASCII));
            out.write(piece, 0, count);
            out.write(LINE_END);
        }
        out.write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    }

    private void write(String head, byte[] body, long deadline) throws IOException {
        Watchdog watchdog = body.length > UNWATCHED_BYTES ? Watchdog.over(raw, deadline) : null;
        try (watchdog) {
            out.write((head + "\r\n").getBytes(StandardCharsets.US_ASCII));
            out.write(body);
            out.flush();
        } finally {
            if (watchdog != null) {
                watchdog.check();
            }
        }
    }

    /** The body of the answer; ends where the body does. */
    InputStream body() {
        return in;
    }

    /** From now on only makes a read fail that waits for so long; zero for no limit. */
    void silenceTimeout(Duration longest) throws IOException {
        in.silenceTimeout(longest);
    }

    /** Not by a farewell of TLS, for which it would have to wait. */
    @Override
    public void close() {
        closeQuietly(raw);
    }

    private static void closeQuietly(@Nullable Socket socket) {
        try {
            if (socket != null) {
                socket.close();
            }
        } catch (IOException e) {
            // It is of no use any more either way.
        }
    }
}
