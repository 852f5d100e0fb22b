// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench.ssh;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Connections to an SSH server, from one address and at a fixed rate, that each begin a key exchange (RFC 4253, section 7) and never log in.
 * They repeat the same bytes, so they cost their sender almost nothing.
 */
final class KeyExchangeFlood implements AutoCloseable {
    private static final int KEX_INIT = 20;
    private static final int KEX_ECDH_INIT = 30;
    private static final int PUBLIC_KEY_BYTES = 32;
    private static final int BLOCK = 8;
    private static final int MIN_PADDING = 4;
    private static final int TIMEOUT_MILLIS = 5_000;

    private final InetSocketAddress server;
    private final byte[] bytes = bytes();
    private final AtomicLong begun = new AtomicLong();
    private volatile boolean closed;

    KeyExchangeFlood(InetSocketAddress server, int perSecond) {
        this.server = server;
        Thread.ofPlatform().daemon().start(() -> run(1_000_000_000L / perSecond));
    }

    /** Connections so far. */
    long begun() {
        return begun.get();
    }

    private void run(long intervalNanos) {
        for (long next = System.nanoTime(); !closed; next += intervalNanos) {
            LockSupport.parkNanos(next - System.nanoTime());
            Thread.ofVirtual().start(this::exchange);
        }
    }

    private void exchange() {
        try (Socket socket = new Socket()) {
            socket.connect(server, TIMEOUT_MILLIS);
            socket.setSoTimeout(TIMEOUT_MILLIS);
            begun.incrementAndGet();
            socket.getOutputStream().write(bytes);
            // The server's version, its lists, and its half of the exchange, or its refusal.
            for (int packets = 0; packets < 3 && socket.getInputStream().read(new byte[4096]) > 0; packets++) {}
        } catch (IOException e) {
            // The server refuses most of them.
        }
    }

    private static byte[] bytes() {
        try {
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            all.write("SSH-2.0-bench\r\n".getBytes(StandardCharsets.US_ASCII));
            all.write(packet(lists()));
            ByteArrayOutputStream exchange = new ByteArrayOutputStream();
            DataOutputStream out = new DataOutputStream(exchange);
            out.writeByte(KEX_ECDH_INIT);
            out.writeInt(PUBLIC_KEY_BYTES);
            for (int i = 0; i < PUBLIC_KEY_BYTES; i++) {
                out.writeByte(9 + i);
            }
            all.write(packet(exchange.toByteArray()));
            return all.toByteArray();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] lists() throws IOException {
        ByteArrayOutputStream payload = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(payload);
        out.writeByte(KEX_INIT);
        out.write(new byte[16]);
        for (String list : List.of(
                "curve25519-sha256",
                "ssh-ed25519",
                "aes256-ctr",
                "aes256-ctr",
                "hmac-sha2-256",
                "hmac-sha2-256",
                "none",
                "none",
                "",
                "")) {
            out.writeInt(list.length());
            out.writeBytes(list);
        }
        out.writeByte(0);
        out.writeInt(0);
        return payload.toByteArray();
    }

    /** The binary packet protocol before encryption (RFC 4253, section 6). */
    private static byte[] packet(byte[] payload) throws IOException {
        int padding = BLOCK - (Integer.BYTES + 1 + payload.length) % BLOCK;
        padding += padding < MIN_PADDING ? BLOCK : 0;
        ByteArrayOutputStream packet = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(packet);
        out.writeInt(1 + payload.length + padding);
        out.writeByte(padding);
        out.write(payload);
        out.write(new byte[padding]);
        return packet.toByteArray();
    }

    @Override
    public void close() {
        closed = true;
    }
}
