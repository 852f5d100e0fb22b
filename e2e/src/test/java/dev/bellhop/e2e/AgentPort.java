// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What QEMU is between a host's socket and the agent in a guest: it keeps the agent's end open whatever becomes
 * of the clients, takes one of those at a time, and throws away what the agent says while there is none.
 *
 * <p>Needed where clients are killed: qemu-ga on a Unix socket of its own ends when a client vanishes with a
 * reply unread, and 10.0 does not recover from that with --retry-path either. One on a virtio port never notices.
 */
final class AgentPort implements AutoCloseable {
    private final ServerSocketChannel listener;
    private final SocketChannel agent;
    private volatile @Nullable SocketChannel client;

    private AgentPort(ServerSocketChannel listener, SocketChannel agent) {
        this.listener = listener;
        this.agent = agent;
    }

    /** Listens at {@code path} for clients of the agent that listens at {@code agentSocket}. */
    static AgentPort open(Path path, Path agentSocket) throws IOException {
        var agent = SocketChannel.open(UnixDomainSocketAddress.of(agentSocket));
        var listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        listener.bind(UnixDomainSocketAddress.of(path));
        var port = new AgentPort(listener, agent);
        Thread.ofVirtual().start(port::takeClients);
        Thread.ofVirtual().start(port::passOnReplies);
        return port;
    }

    private void takeClients() {
        try {
            while (true) {
                try (SocketChannel next = listener.accept()) {
                    client = next;
                    passOnRequests(next);
                    client = null;
                }
            }
        } catch (IOException e) {
            // Closed.
        }
    }

    private void passOnRequests(SocketChannel from) {
        var buffer = ByteBuffer.allocate(65_536);
        try {
            while (from.read(buffer.clear()) >= 0) {
                writeAll(agent, buffer.flip());
            }
        } catch (IOException e) {
            // The client is gone.
        }
    }

    private void passOnReplies() {
        var buffer = ByteBuffer.allocate(65_536);
        try {
            while (agent.read(buffer.clear()) >= 0) {
                SocketChannel to = client;
                if (to != null) {
                    passOn(to, buffer.flip());
                }
            }
        } catch (IOException e) {
            // Closed.
        }
    }

    private static void passOn(SocketChannel to, ByteBuffer reply) {
        try {
            writeAll(to, reply);
        } catch (IOException e) {
            // The client is gone, and the reply with it.
        }
    }

    private static void writeAll(SocketChannel to, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            to.write(bytes);
        }
    }

    @Override
    public void close() throws IOException {
        try (listener;
                agent) {
            SocketChannel current = client;
            if (current != null) {
                current.close();
            }
        }
    }
}
