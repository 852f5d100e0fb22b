// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.file;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** A way to a server that stalls and breaks a connection once this many bytes have passed one way, a few times; later ones last. */
final class BreakingRelay implements AutoCloseable {
    private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final int target;
    private final int bytes;
    private final Duration stall;
    private final AtomicInteger breaks;
    private volatile boolean mute;
    private volatile boolean oneWaits;

    BreakingRelay(int target, int bytes, int times) throws IOException {
        this(target, bytes, times, Duration.ZERO);
    }

    /** @param stall how long a connection carries nothing before it breaks */
    BreakingRelay(int target, int bytes, int times, Duration stall) throws IOException {
        this.target = target;
        this.bytes = bytes;
        this.stall = stall;
        this.breaks = new AtomicInteger(times);
        Thread.ofVirtual().start(this::takeClients);
    }

    int port() {
        return listener.getLocalPort();
    }

    /** How many times it has yet to break one. */
    int left() {
        return breaks.get();
    }

    /** From now on, connections are taken and nothing comes of them. */
    void answerNoMore() {
        mute = true;
    }

    /** Whether somebody has connected since. */
    boolean hasOneWaiting() {
        return oneWaits;
    }

    private void takeClients() {
        try {
            while (true) {
                Socket client = listener.accept();
                sockets.add(client);
                if (mute) {
                    oneWaits = true;
                    continue;
                }
                Socket server = new Socket(InetAddress.getLoopbackAddress(), target);
                sockets.add(server);
                Thread.ofVirtual().start(() -> passOn(client, server));
                Thread.ofVirtual().start(() -> passOn(server, client));
            }
        } catch (IOException e) {
            // Closed.
        }
    }

    private void passOn(Socket from, Socket to) {
        try (from;
                to) {
            byte[] piece = new byte[16 << 10];
            long passed = 0;
            for (int count = from.getInputStream().read(piece);
                    count > 0;
                    count = from.getInputStream().read(piece)) {
                to.getOutputStream().write(piece, 0, count);
                passed += count;
                if (passed > bytes && breaks.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                    Thread.sleep(stall);
                    return;
                }
            }
        } catch (IOException e) {
            // The other side has ended.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (Socket socket : sockets) {
            socket.close();
        }
    }
}
