// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.support;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * What QEMU is between a host's socket and the agent in a guest: it keeps the agent's end open whatever becomes
 * of the clients, takes one of those at a time, and throws away what the agent says while there is none. While
 * there is no agent, requests wait; one that the agent dies over is gone.
 *
 * <p>Needed where clients are killed: qemu-ga on a Unix socket of its own ends when a client vanishes with a
 * reply unread, and 10.0 does not recover from that with --retry-path either. One on a virtio port never notices.
 *
 * <p>Thread safe, but that one thread at a time attaches and detaches agents.
 */
public final class AgentPort implements AutoCloseable {
    private volatile ServerSocketChannel listener;
    private volatile CompletableFuture<SocketChannel> agent = new CompletableFuture<>();
    private final AtomicReference<@Nullable SocketChannel> client = new AtomicReference<>();

    private AgentPort(ServerSocketChannel listener) {
        this.listener = listener;
    }

    /** Listens at {@code path} for clients of the agent at {@code agentSocket}. */
    public static AgentPort open(Path path, Path agentSocket) throws IOException {
        ServerSocketChannel listener = listener(path);
        var port = new AgentPort(listener);
        port.attach(agentSocket);
        Thread.ofVirtual().start(() -> port.takeClients(listener));
        return port;
    }

    private static ServerSocketChannel listener(Path path) throws IOException {
        Files.deleteIfExists(path);
        var listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        listener.bind(UnixDomainSocketAddress.of(path));
        return listener;
    }

    /** The guest goes on elsewhere, as after a live migration: its client is cut off, and the next one connects there. */
    public void move(Path from, Path to) throws IOException {
        ServerSocketChannel before = listener;
        ServerSocketChannel next = listener(to);
        listener = next;
        before.close();
        Files.delete(from);
        SocketChannel current = client.get();
        if (current != null) {
            current.close();
        }
        Thread.ofVirtual().start(() -> takeClients(next));
    }

    /** An agent opens the port, after the previous one has ended. */
    public void attach(Path agentSocket) throws IOException {
        var opened = SocketChannel.open(UnixDomainSocketAddress.of(agentSocket));
        Thread.ofVirtual().start(() -> passOnReplies(opened));
        if (!agent.complete(opened)) {
            agent = CompletableFuture.completedFuture(opened);
        }
    }

    /** The agent is about to end: from now on requests wait for the next one. */
    public void detach() throws IOException {
        SocketChannel ending = agent.join();
        agent = new CompletableFuture<>();
        ending.close();
    }

    private void takeClients(ServerSocketChannel from) {
        try {
            while (true) {
                try (SocketChannel next = from.accept()) {
                    client.set(next);
                    passOnRequests(next);
                    client.compareAndSet(next, null);
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
                passOn(agent.join(), buffer.flip());
            }
        } catch (IOException e) {
            // The client is gone.
        }
    }

    private void passOnReplies(SocketChannel from) {
        var buffer = ByteBuffer.allocate(65_536);
        try {
            while (from.read(buffer.clear()) >= 0) {
                SocketChannel to = client.get();
                if (to != null) {
                    passOn(to, buffer.flip());
                }
            }
        } catch (IOException e) {
            // Closed.
        }
    }

    private static void passOn(SocketChannel to, ByteBuffer bytes) {
        try {
            while (bytes.hasRemaining()) {
                to.write(bytes);
            }
        } catch (IOException e) {
            // Whoever was to read it is gone, and it is gone too.
        }
    }

    @Override
    public void close() throws IOException {
        SocketChannel opened = agent.getNow(null);
        try (var _ = listener;
                opened) {
            SocketChannel current = client.get();
            if (current != null) {
                current.close();
            }
        }
    }
}
