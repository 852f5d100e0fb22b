// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench.server;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One keep-alive connection to an HTTP server that costs as little as possible, because the server is what is measured.
 * Understands only answers with a Content-Length. Used by one thread.
 */
public final class RawHttp implements AutoCloseable {
    private static final String LENGTH = "content-length:";
    private static final String HEAD_END = "\r\n\r\n";

    private final SocketChannel channel;
    private final String headers;
    private final ByteBuffer in = ByteBuffer.allocateDirect(64 * 1024);
    private final byte[] bytes = new byte[64 * 1024];

    private RawHttp(SocketChannel channel, String headers) {
        this.channel = channel;
        this.headers = headers;
    }

    /**
     * An answer.
     *
     * @param head status line and header lines
     */
    public record Answer(int status, String head, String body) {
        public Answer expect(int expected) throws IOException {
            if (status != expected) {
                throw new IOException("Expected HTTP " + expected + ", got " + status + ": " + body);
            }
            return this;
        }
    }

    public static RawHttp connect(InetSocketAddress address, @Nullable String key) throws IOException {
        SocketChannel channel = SocketChannel.open(address);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        return new RawHttp(channel, " HTTP/1.1\r\nHost: bench\r\n" + (key == null ? "" : "X-API-Key: " + key + "\r\n"));
    }

    public Answer get(String path) throws IOException {
        return exchange("GET " + path + headers + "\r\n");
    }

    Answer post(String path, String json) throws IOException {
        return exchange("POST " + path + headers + "Content-Type: application/json\r\nContent-Length: " + json.length()
                + "\r\n\r\n" + json);
    }

    private Answer exchange(String request) throws IOException {
        ByteBuffer out = ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII));
        while (out.hasRemaining()) {
            channel.write(out);
        }
        int length = 0;
        while (true) {
            in.clear();
            int count = channel.read(in);
            if (count < 0) {
                throw new EOFException("The server ended the connection");
            }
            in.flip().get(bytes, length, count);
            length += count;
            String text = new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
            int headEnd = text.indexOf(HEAD_END);
            if (headEnd >= 0) {
                String head = text.substring(0, headEnd);
                int total = headEnd + HEAD_END.length() + contentLength(head);
                if (length >= total) {
                    return new Answer(
                            Integer.parseInt(head.substring(9, 12)), head, text.substring(headEnd + HEAD_END.length()));
                }
            }
        }
    }

    private static int contentLength(String head) throws IOException {
        int at = head.toLowerCase(Locale.ROOT).indexOf(LENGTH);
        if (at < 0) {
            throw new IOException("The answer has no Content-Length: " + head);
        }
        int end = head.indexOf('\r', at);
        return Integer.parseInt(head.substring(at + LENGTH.length(), end < 0 ? head.length() : end)
                .strip());
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
