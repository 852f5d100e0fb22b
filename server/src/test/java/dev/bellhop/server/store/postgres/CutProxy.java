// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.store.postgres;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;

/** Stands between a client and a PostgreSQL, and cuts a connection at the moment of its COMMIT. */
final class CutProxy implements AutoCloseable {
    /** When it cuts, once. */
    enum Cut {
        NEVER,
        /** The database never hears of the COMMIT. */
        BEFORE_COMMIT,
        /** The database commits, and the client never hears of it. */
        AFTER_COMMIT
    }

    private final int port;
    private final ServerSocket listening;
    private final AtomicReference<Cut> next = new AtomicReference<>(Cut.NEVER);
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private volatile boolean refusing;
    private volatile boolean refusingAfterCut;
    private volatile boolean swallowing;
    private final Set<Socket> silent = ConcurrentHashMap.newKeySet();

    CutProxy(int port) throws IOException {
        this.port = port;
        this.listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::accept);
    }

    int port() {
        return listening.getLocalPort();
    }

    /** @param forGood whether nobody is let in after the cut, until {@link #letIn} */
    void cut(Cut when, boolean forGood) {
        refusingAfterCut = forGood;
        next.set(when);
    }

    boolean hasCut() {
        return next.get() == Cut.NEVER;
    }

    /** Passes nothing on from now on, as a network that drops packets: connections stay, and nobody is told. */
    void swallow() {
        swallowing = true;
    }

    /** As many connections were begun since it swallows all. */
    int swallowed() {
        return silent.size();
    }

    void letIn() {
        refusing = false;
        swallowing = false;
    }

    private void accept() {
        try {
            while (true) {
                Socket client = listening.accept();
                if (refusing) {
                    client.close();
                } else if (swallowing) {
                    silent.add(client);
                } else {
                    serve(client, new Socket(InetAddress.getLoopbackAddress(), port));
                }
            }
        } catch (IOException e) {
            // Closed.
        }
    }

    private void serve(Socket client, Socket server) {
        open.add(client);
        open.add(server);
        AtomicReference<Cut> onAnswer = new AtomicReference<>(Cut.NEVER);
        Thread.ofVirtual().start(() -> pump(client, server, true, onAnswer));
        Thread.ofVirtual().start(() -> pump(server, client, false, onAnswer));
    }

    private void pump(Socket from, Socket to, boolean isRequest, AtomicReference<Cut> onAnswer) {
        byte[] buffer = new byte[1 << 16];
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            int length = in.read(buffer);
            while (length >= 0) {
                if (isRequest) {
                    String text = new String(buffer, 0, length, StandardCharsets.ISO_8859_1);
                    if (text.contains("COMMIT") && next.get() != Cut.NEVER) {
                        Cut cut = next.getAndSet(Cut.NEVER);
                        refusing = refusingAfterCut;
                        if (cut == Cut.BEFORE_COMMIT) {
                            return;
                        }
                        onAnswer.set(cut);
                    }
                } else if (onAnswer.get() == Cut.AFTER_COMMIT) {
                    return;
                }
                if (!swallowing) {
                    out.write(buffer, 0, length);
                }
                length = in.read(buffer);
            }
        } catch (IOException e) {
            // The other side was cut.
        }
    }

    @Override
    public void close() throws IOException {
        listening.close();
        for (Socket socket : open) {
            socket.close();
        }
        for (Socket socket : silent) {
            socket.close();
        }
    }
}
