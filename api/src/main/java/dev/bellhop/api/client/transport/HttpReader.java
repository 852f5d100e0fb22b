// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client.transport;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ProtocolException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Reads the answers that come on a connection: their heads, and their bodies in the three forms that RFC 9112, section 6.3
 * has for them. What is not HTTP is a {@link ProtocolException} whose message goes on after "because". For one thread at a time.
 */
final class HttpReader extends InputStream {

    private static final int BUFFER_BYTES = 16 << 10;
    private static final int MAX_HEAD_BYTES = 64 << 10;

    /** A chunk of 2^60 bytes is none of ours. */
    private static final int MAX_HEX_DIGITS = 15;

    private static final String NOT_HTTP = "it is not HTTP";

    /** How records of TLS begin that may come first: RFC 8446, section 5.1. */
    private static final byte TLS_ALERT = 21;

    private static final byte TLS_HANDSHAKE = 22;

    private static final String STATUS_LINE = "HTTP/1\\.[0-9] [0-9]{3}( .*)?";

    /** Among the options of a connection, which stand between commas: RFC 9110, section 7.6.1. */
    private static final String CLOSES = "(?i)(.*,)?\\s*close\\s*(,.*)?";

    /** How the body of the answer ends. */
    private enum Framing {
        LENGTH,
        CHUNKS,
        CLOSE
    }

    private final Socket socket;
    private final InputStream in;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private int position;
    private int end;
    private long deadline;
    private boolean hasDeadline;
    private boolean begun;
    private Framing framing = Framing.LENGTH;
    private boolean keepsAlive = true;

    /** What is left of the body, or of its chunk. */
    private long left;

    /** Whether the next line is the size of a chunk, after the first chunk behind the line's end of the one before. */
    private boolean atChunk;

    private boolean complete = true;

    /** @param in that of the socket */
    HttpReader(Socket socket, InputStream in) {
        this.socket = socket;
        this.in = in;
    }

    /**
     * Reads the head of the next answer; its body can be read then.
     *
     * @param deadline of the body too, as {@link System#nanoTime} has it; see {@link #silenceTimeout}
     * @throws SocketTimeoutException if the head is not there in time
     */
    HttpAnswer head(long deadline) throws IOException {
        begun = position < end;
        this.deadline = deadline;
        hasDeadline = true;
        complete = false;
        int status;
        Map<String, String> headers;
        do {
            String line = line(MAX_HEAD_BYTES);
            if (!line.matches(STATUS_LINE)) {
                throw new ProtocolException(NOT_HTTP);
            }
            status = Integer.parseInt(line.substring(9, 12));
            keepsAlive = !line.startsWith("HTTP/1.0");
            headers = headers();
        } while (status / 100 == 1);
        frame(status, headers);
        return new HttpAnswer(status, headers, HttpAnswer.NO_BODY);
    }

    /** Whether any of the answer has come whose head was asked for last. */
    boolean hasBegun() {
        return begun;
    }

    /** Whether the answer was read to its end, and another may follow on the same connection. */
    boolean isReusable() {
        return complete && keepsAlive && position == end;
    }

    private Map<String, String> headers() throws IOException {
        Map<String, String> headers = new HashMap<>();
        int room = MAX_HEAD_BYTES;
        for (String line = line(room); !line.isEmpty(); line = line(room)) {
            room -= line.length();
            int colon = line.indexOf(':');
            if (colon < 1) {
                throw new ProtocolException("it has a header without a colon");
            }
            headers.putIfAbsent(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        return headers;
    }

    private void frame(int status, Map<String, String> headers) throws ProtocolException {
        keepsAlive &= !headers.getOrDefault("connection", "").matches(CLOSES);
        String length = headers.get("content-length");
        if (status == 204 || status == 304) {
            framing = Framing.LENGTH;
            left = 0;
        } else if (headers.containsKey("transfer-encoding")) {
            if (!headers.get("transfer-encoding").equalsIgnoreCase("chunked")) {
                throw new ProtocolException("it is in an encoding that was not asked for");
            }
            framing = Framing.CHUNKS;
            left = 0;
            atChunk = false;
        } else if (length != null) {
            if (!length.matches("[0-9]{1,18}")) {
                throw new ProtocolException("it has a length that is none");
            }
            framing = Framing.LENGTH;
            left = Long.parseLong(length);
        } else {
            framing = Framing.CLOSE;
            keepsAlive = false;
        }
        complete = framing == Framing.LENGTH && left == 0;
    }

    /** A line without its end. */
    private String line(int most) throws IOException {
        StringBuilder line = new StringBuilder();
        while (true) {
            if (position == end && !fill()) {
                throw new EOFException("the connection was closed");
            }
            char next = (char) (buffer[position++] & 0xff);
            if (next == '\n') {
                int length = line.length();
                return length > 0 && line.charAt(length - 1) == '\r' ? line.substring(0, length - 1) : line.toString();
            }
            if (line.length() >= most) {
                throw new ProtocolException("it has a line that is too long");
            }
            line.append(next);
        }
    }

    /** Reads what there is; false at the end of the connection. */
    private boolean fill() throws IOException {
        if (hasDeadline) {
            long millis = (deadline - System.nanoTime()) / 1_000_000;
            if (millis <= 0) {
                throw new SocketTimeoutException("the time is up");
            }
            socket.setSoTimeout((int) Math.min(Integer.MAX_VALUE, millis));
        }
        int count = in.read(buffer);
        if (count < 0) {
            return false;
        }
        // Or who speaks TLS, and says so in a few bytes without a line's end, would be waited for.
        if (!begun && buffer[0] != 'H') {
            throw new ProtocolException(
                    buffer[0] == TLS_ALERT || buffer[0] == TLS_HANDSHAKE
                            ? NOT_HTTP + "; a server with TLS has a URL that begins with https://"
                            : NOT_HTTP);
        }
        begun = true;
        position = 0;
        end = count;
        return true;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    /** Bytes of the body. */
    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (!complete && framing == Framing.CHUNKS && left == 0) {
            nextChunk();
        }
        if (complete) {
            return -1;
        }
        if (position == end && !fill()) {
            if (framing != Framing.CLOSE) {
                throw new EOFException("the connection was closed within the answer");
            }
            complete = true;
            return -1;
        }
        int count = Math.min(length, end - position);
        if (framing != Framing.CLOSE) {
            count = (int) Math.min(count, left);
            left -= count;
            complete = framing == Framing.LENGTH && left == 0;
        }
        System.arraycopy(buffer, position, bytes, offset, count);
        position += count;
        return count;
    }

    private void nextChunk() throws IOException {
        if (atChunk && !line(1).isEmpty()) {
            throw new ProtocolException("it has a chunk that does not end");
        }
        atChunk = true;
        String size = line(MAX_HEAD_BYTES).split(";", 2)[0].strip();
        if (!size.matches("[0-9A-Fa-f]{1," + MAX_HEX_DIGITS + "}")) {
            throw new ProtocolException("it has a chunk without a size");
        }
        left = Long.parseLong(size, 16);
        if (left == 0) {
            headers(); // What may follow the last chunk is of no use here.
            complete = true;
        }
    }

    /** In place of the deadline: ends what waits for bytes for longer than that with an exception; zero for no limit. */
    void silenceTimeout(Duration longest) throws IOException {
        hasDeadline = false;
        socket.setSoTimeout((int) longest.toMillis());
    }
}
