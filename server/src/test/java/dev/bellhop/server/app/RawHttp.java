// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A connection for what no decent HTTP client sends: bytes out, one answer in. */
public final class RawHttp implements AutoCloseable {
    private static final int TIMEOUT_MILLIS = 30_000;

    private final Socket socket;
    private String method = "GET";
    private String path = "/";

    public RawHttp(URI server) throws IOException {
        this(server, InetAddress.getLoopbackAddress());
    }

    /** One that comes from an address of its own, which has to be this machine's. */
    public RawHttp(URI server, InetAddress from) throws IOException {
        this(new Socket(server.getHost(), server.getPort(), from, 0));
    }

    /** One over a connection of the caller's, such as one of TLS. */
    public RawHttp(Socket socket) throws IOException {
        this.socket = socket;
        socket.setSoTimeout(TIMEOUT_MILLIS);
        socket.setTcpNoDelay(true);
    }

    /** Sends the line and headers of a request, which is to be the last one on this connection. */
    public RawHttp request(String newMethod, String newPath, String... headers) throws IOException {
        method = newMethod;
        path = newPath;
        send(method + " " + path + " HTTP/1.1\r\nHost: test\r\nConnection: close\r\n");
        for (String header : headers) {
            send(header + "\r\n");
        }
        return send("\r\n");
    }

    public RawHttp send(String text) throws IOException {
        return send(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    public RawHttp send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        return this;
    }

    /** Tells the server that nothing more comes. */
    public RawHttp endOfInput() throws IOException {
        socket.shutdownOutput();
        return this;
    }

    /** As the other, to a request that was sent as it is. */
    public TestAnswer answer(String newMethod, String newPath) throws IOException {
        method = newMethod;
        path = newPath;
        return answer();
    }

    /** Reads until the server ends the connection, which has to be in good order. */
    public String allOf() throws IOException {
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    }

    /** Reads until the server ends the connection, and holds what came to openapi.yaml. */
    public TestAnswer answer() throws IOException {
        InputStream in = new ByteArrayInputStream(socket.getInputStream().readAllBytes());
        String statusLine = line(in);
        Map<String, List<String>> headers = new LinkedHashMap<>();
        for (String line = line(in); !line.isEmpty(); line = line(in)) {
            int colon = line.indexOf(':');
            headers.computeIfAbsent(line.substring(0, colon), name -> new ArrayList<>())
                    .add(line.substring(colon + 1).strip());
        }
        int status = Integer.parseInt(statusLine.split(" ", 3)[1]);
        return TestAnswer.of(method, path, status, HttpHeaders.of(headers, (name, value) -> true), in.readAllBytes());
    }

    /** The status alone, of an answer whose path the document cannot be asked for. */
    public int rawStatus() throws IOException {
        String all = new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        return Integer.parseInt(all.split(" ", 3)[1]);
    }

    /** Waits until an answer begins. */
    public int firstByte() throws IOException {
        return socket.getInputStream().read();
    }

    /** All that comes after that, until the server ends the connection in whatever way. */
    public String rest() throws IOException {
        ByteArrayOutputStream rest = new ByteArrayOutputStream();
        byte[] piece = new byte[64 * 1024];
        try {
            for (int count = socket.getInputStream().read(piece);
                    count >= 0;
                    count = socket.getInputStream().read(piece)) {
                rest.write(piece, 0, count);
            }
        } catch (SocketException e) {
            // Reset, which is an end too.
        }
        return rest.toString(StandardCharsets.ISO_8859_1);
    }

    /** What comes, up to these words. */
    public String upTo(String words) throws IOException {
        StringBuilder text = new StringBuilder();
        while (text.indexOf(words) < 0) {
            int next = socket.getInputStream().read();
            if (next < 0) {
                throw new EOFException("the server ended the connection after: " + text);
            }
            text.append((char) next);
        }
        return text.toString();
    }

    /** Whether the server ends the connection without a word, or has done so. */
    public boolean isDropped() throws IOException {
        try {
            return socket.getInputStream().read() < 0;
        } catch (SocketException e) {
            return true; // Reset.
        }
    }

    private static String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b >= 0 && b != '\n'; b = in.read()) {
            if (b != '\r') {
                line.write(b);
            }
        }
        return line.toString(StandardCharsets.ISO_8859_1);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
