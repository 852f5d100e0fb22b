// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A way to a server on this machine that can be cut in one direction or both, as a network can: nothing gets through, not even the end of
 * a connection, and neither side gets an error. Thread safe.
 */
public final class TcpRelay implements AutoCloseable {
    private static final int BUFFER_BYTES = 65_536;

    /** Where bytes go. */
    public enum Direction {
        TO_SERVER,
        FROM_SERVER
    }

    private final ServerSocket listener;
    private final int target;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final Object lock = new Object();
    private final Set<Direction> cut = EnumSet.noneOf(Direction.class);

    private TcpRelay(int target) throws IOException {
        this.target = target;
        this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::takeClients);
    }

    /** Passes on what comes to a port of its own to this port, which need not be open yet. */
    public static TcpRelay to(int target) throws IOException {
        return new TcpRelay(target);
    }

    /** Where to connect. */
    public int port() {
        return listener.getLocalPort();
    }

    /** From now on nothing gets through. What was sent waits, and so do new connections. */
    public void cut() {
        cut(EnumSet.allOf(Direction.class));
    }

    /** From now on nothing gets through in these directions, and new connections wait. */
    public void cut(Set<Direction> directions) {
        synchronized (lock) {
            cut.addAll(directions);
        }
    }

    /** From now on all gets through, first what has waited. */
    public void heal() {
        synchronized (lock) {
            cut.clear();
            lock.notifyAll();
        }
    }

    private void awaitWhole(Set<Direction> directions) throws InterruptedException {
        synchronized (lock) {
            while (!Collections.disjoint(cut, directions)) {
                lock.wait();
            }
        }
    }

    private void takeClients() {
        try {
            while (true) {
                Socket client = listener.accept();
                sockets.add(client);
                Thread.ofVirtual().start(() -> connect(client));
            }
        } catch (IOException e) {
            closeAll(); // Closed.
        }
    }

    private void connect(Socket client) {
        Socket server = new Socket();
        sockets.add(server);
        try (client;
                server) {
            awaitWhole(EnumSet.allOf(Direction.class));
            server.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), target));
            Thread back = Thread.ofVirtual().start(() -> passOn(server, client, Direction.FROM_SERVER));
            passOn(client, server, Direction.TO_SERVER);
            back.join();
        } catch (IOException e) {
            // It is not there, and neither is this.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            sockets.remove(client);
            sockets.remove(server);
        }
    }

    /** Until one side ends, and then the other does, too. */
    private void passOn(Socket from, Socket to, Direction direction) {
        try (from;
                to) {
            copy(from, to, direction);
            awaitWhole(Set.of(direction));
        } catch (IOException e) {
            // They are as good as closed.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Returns when one side has ended, as it wanted or not: the other hears of neither before all is whole. */
    private void copy(Socket from, Socket to, Direction direction) throws InterruptedException {
        byte[] buffer = new byte[BUFFER_BYTES];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
                awaitWhole(Set.of(direction));
                out.write(buffer, 0, length);
            }
        } catch (IOException e) {
            // The same.
        }
    }

    private void closeAll() {
        sockets.forEach(socket -> {
            try {
                socket.close();
            } catch (IOException e) {
                // It is as good as closed.
            }
        });
    }

    /** Ends it and all connections through it. */
    @Override
    public void close() throws IOException {
        listener.close();
        closeAll();
        heal();
    }
}
