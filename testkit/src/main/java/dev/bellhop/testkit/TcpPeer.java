// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** A program that listens on this machine, which is the guest of tests, and does with each connection what it is told. */
public final class TcpPeer implements AutoCloseable {
    private static final int TIMEOUT_MILLIS = 60_000;

    private final ServerSocket listener;

    /** Those that have been accepted, in their order. */
    public final BlockingQueue<Socket> accepted = new LinkedBlockingQueue<>();

    /** What is done with one. */
    public interface Serving {
        void serve(Socket socket) throws IOException;
    }

    private TcpPeer(ServerSocket listener) {
        this.listener = listener;
    }

    public static TcpPeer start(Serving serving) {
        try {
            TcpPeer peer = new TcpPeer(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()));
            Thread.startVirtualThread(() -> peer.accept(serving));
            return peer;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sends back what comes, and its end. */
    public static TcpPeer echo() {
        return start(socket -> {
            socket.getInputStream().transferTo(socket.getOutputStream());
            socket.shutdownOutput();
        });
    }

    /** Reads to the end, and only then answers with the SHA-256 of what came. */
    public static TcpPeer digest() {
        return start(socket -> {
            byte[] all = socket.getInputStream().readAllBytes();
            socket.getOutputStream().write(sha256(all).getBytes(StandardCharsets.US_ASCII));
            socket.shutdownOutput();
        });
    }

    /** Accepts, and leaves all to the test. */
    public static TcpPeer silent() {
        return start(socket -> {});
    }

    private void accept(Serving serving) {
        try {
            while (true) {
                Socket socket = listener.accept();
                accepted.add(socket);
                Thread.startVirtualThread(() -> {
                    try {
                        serving.serve(socket);
                    } catch (IOException e) {
                        // It has gone.
                    }
                });
            }
        } catch (IOException e) {
            // The test has ended.
        }
    }

    public int port() {
        return listener.getLocalPort();
    }

    /** A port on which nobody listens. */
    public static int closedPort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Bytes of all values, the same each time. */
    public static byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        new Random(count).nextBytes(bytes);
        return bytes;
    }

    public static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Writes all of it from a thread of its own, and then says that there is no more. */
    public static void write(Socket socket, byte[] bytes) {
        Thread.startVirtualThread(() -> {
            try {
                OutputStream out = socket.getOutputStream();
                out.write(bytes);
                socket.shutdownOutput();
            } catch (IOException e) {
                // It has gone.
            }
        });
    }

    /** Whether the other side has closed it, within some time; throws where it has not. */
    public static boolean sawEnd(Socket socket) throws IOException {
        socket.setSoTimeout(TIMEOUT_MILLIS);
        InputStream in = socket.getInputStream();
        while (in.read() >= 0) {
            // What came before.
        }
        return true;
    }

    @Override
    public void close() {
        try {
            listener.close();
            for (Socket socket : accepted) {
                socket.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
