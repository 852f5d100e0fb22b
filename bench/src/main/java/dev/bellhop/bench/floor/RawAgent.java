// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench.floor;

import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;

/**
 * The floor: a guest agent used with as little Java as possible. One blocking channel, handmade requests, replies searched
 * for the few bytes that matter; no deadlines, ids or limits, and no checks of what cannot go wrong here. Used by one
 * thread.
 */
public final class RawAgent implements AutoCloseable {
    private static final byte[] TRUE = exec("/bin/sh", "\"-c\",\"true\"");
    private static final byte[] IN_SESSION = exec("setsid", "\"/bin/sh\",\"-c\",\"(true); exit 0\"");
    /** Both here-documents are pipes. They have a word, because some shells make no pipe for an empty one. */
    private static final byte[] WITH_COPIERS = exec(
            "setsid",
            "\"/bin/sh\",\"-c\",\"exec 6<<E 7<<E\\nx\\nE\\nx\\nE\\nexec 8>/proc/self/fd/6 9>/proc/self/fd/7\\n"
                    + "setsid cat <&6 7<&- 8>&- 9>&- &\\nsetsid cat <&7 6<&- 8>&- 9>&- &\\n"
                    + "(true) >&8 2>&9 8>&- 9>&-\\nexec 8>&- 9>&-\\nwait\"");

    private static final byte[] STATUS = ascii("{\"execute\":\"guest-exec-status\",\"arguments\":{\"pid\":");
    private static final byte[] END = ascii("}}\n");
    private static final byte[] SYNC = ascii("{\"execute\":\"guest-sync-delimited\",\"arguments\":{\"id\":7}}\n");
    private static final byte[] PID = ascii("\"pid\": ");
    private static final byte[] EXITED = ascii("\"exited\": true");
    private static final byte SENTINEL = (byte) 0xFF;

    private final SocketChannel channel;
    private final ByteBuffer out = ByteBuffer.allocateDirect(1024);
    private final ByteBuffer in = ByteBuffer.allocateDirect(16 * 1024);
    private final byte[] line = new byte[16 * 1024];
    private int length;

    private RawAgent(SocketChannel channel) {
        this.channel = channel;
    }

    /** Connects and makes sure that the agent answers to this client. */
    public static RawAgent connect(Path socket) throws IOException {
        RawAgent agent = new RawAgent(SocketChannel.open(StandardProtocolFamily.UNIX));
        try {
            agent.channel.connect(UnixDomainSocketAddress.of(socket));
            agent.out.put(SENTINEL);
            agent.send(SYNC);
            do {
                agent.readLine();
            } while (agent.line[0] != SENTINEL);
            return agent;
        } catch (IOException | RuntimeException e) {
            agent.close();
            throw e;
        }
    }

    /**
     * Runs {@code /bin/sh -c true} with its output captured and polls until it has exited.
     *
     * @param pauseNanos how long to wait before each poll; 0 for not at all
     */
    public void run(long pauseNanos) throws IOException {
        run(TRUE, pauseNanos);
    }

    /** The same in a subshell of a session leader, as under the supervisor, polled without a pause. */
    public void runInSession() throws IOException {
        run(IN_SESSION, 0);
    }

    /** The same with both streams copied by programs that outlive the session. */
    public void runWithCopiers() throws IOException {
        run(WITH_COPIERS, 0);
    }

    private void run(byte[] exec, long pauseNanos) throws IOException {
        send(exec);
        readLine();
        int from = find(PID) + PID.length;
        int to = from;
        while (line[to] >= '0' && line[to] <= '9') {
            to++;
        }
        byte[] pid = java.util.Arrays.copyOfRange(line, from, to);
        do {
            if (pauseNanos > 0) {
                LockSupport.parkNanos(pauseNanos);
            }
            out.put(STATUS).put(pid);
            send(END);
            readLine();
        } while (find(EXITED) < 0);
    }

    private void send(byte[] last) throws IOException {
        out.put(last).flip();
        while (out.hasRemaining()) {
            channel.write(out);
        }
        out.clear();
    }

    private void readLine() throws IOException {
        length = 0;
        while (true) {
            if (in.position() == 0 || !in.hasRemaining()) {
                in.clear();
                if (channel.read(in) < 0) {
                    throw new EOFException("The agent ended the connection");
                }
                in.flip();
            }
            while (in.hasRemaining()) {
                byte next = in.get();
                if (next == '\n') {
                    if (!in.hasRemaining()) {
                        in.clear();
                    }
                    return;
                }
                line[length++] = next;
            }
        }
    }

    private int find(byte[] text) {
        for (int at = 0; at + text.length <= length; at++) {
            if (java.util.Arrays.equals(line, at, at + text.length, text, 0, text.length)) {
                return at;
            }
        }
        return -1;
    }

    private static byte[] exec(String path, String arguments) {
        return ascii("{\"execute\":\"guest-exec\",\"arguments\":{\"path\":\"" + path + "\",\"arg\":[" + arguments
                + "],\"capture-output\":true}}\n");
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
