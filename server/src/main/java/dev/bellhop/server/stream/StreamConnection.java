// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.stream;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.stream.FrameInput.Frame;
import dev.bellhop.server.stream.FrameInput.ViolationException;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The host's end of a stream. The guest speaks first: it sends the greeting with the host's nonce, which it got through
 * its agent, and its own nonce. The host answers with the guest's nonce. So neither side accepts stale data of an
 * earlier run, and another process in the guest that opened the port first cannot impersonate the script. Then frames
 * follow.
 *
 * <p>One thread reads and one writes; a third one sends pings, because a guest that is reset keeps its ports without an
 * end of file. A protocol violation ends the stream. Thread safe.
 */
final class StreamConnection implements GuestStream, AutoCloseable {
    static final int NONCE_BYTES = 16;

    private static final byte[] MAGIC = "BELLHOP\u0001".getBytes(StandardCharsets.US_ASCII);
    private static final int MAX_CHANNELS = 64;

    /** @param silence longest time without data until the guest is considered gone */
    record Heartbeat(Duration interval, Duration silence) {
        static final Heartbeat USUAL = new Heartbeat(Duration.ofSeconds(5), Duration.ofSeconds(20));
    }

    private final SocketChannel socket;
    private final byte[] nonce;
    private final Heartbeat heartbeat;
    private final Runnable whenLost;
    private final SendQueue queue = new SendQueue();
    private final Pings pings = new Pings(queue);
    private final Map<Integer, StreamChannel> channels = new ConcurrentHashMap<>();
    private final AtomicInteger lastId = new AtomicInteger();
    private final CompletableFuture<@Nullable Void> ready = new CompletableFuture<>();
    private final CompletableFuture<@Nullable Void> over = new CompletableFuture<>();
    private volatile long lastHeard = System.nanoTime();

    /**
     * Starts to listen for the guest.
     *
     * @param nonce nonce that the guest must send
     * @param whenLost called once, on a separate thread, when the stream has ended
     */
    static StreamConnection start(SocketChannel socket, byte[] nonce, Heartbeat heartbeat, Runnable whenLost) {
        StreamConnection connection = new StreamConnection(socket, nonce, heartbeat, whenLost);
        Thread.ofVirtual().name("bellhop-stream").start(connection::run);
        return connection;
    }

    private StreamConnection(SocketChannel socket, byte[] nonce, Heartbeat heartbeat, Runnable whenLost) {
        this.socket = socket;
        this.nonce = nonce.clone();
        this.heartbeat = heartbeat;
        this.whenLost = whenLost;
    }

    /** Waits for the greeting; returns false if it has not arrived by the deadline. */
    boolean awaitReady(Deadline deadline) throws StreamException {
        try {
            StreamFutures.get(ready, deadline);
            return true;
        } catch (StreamException e) {
            if (e.kind() == StreamException.Kind.LATE) {
                return false;
            }
            throw e;
        }
    }

    private void run() {
        String why = "the guest has gone";
        try {
            FrameInput input = new FrameInput(socket);
            greet(input);
            lastHeard = System.nanoTime();
            ready.complete(null);
            Thread.ofVirtual().name("bellhop-stream-send").start(this::send);
            Thread.ofVirtual().name("bellhop-stream-beat").start(this::beat);
            while (!over.isDone()) {
                Frame frame = input.frame();
                lastHeard = System.nanoTime();
                take(frame);
            }
        } catch (ViolationException e) {
            why = "of what the guest did: " + e.getMessage();
        } catch (EOFException e) {
            why = "the VM closed it: it was switched off, or its port was unplugged";
        } catch (ClosedChannelException e) {
            why = "the server closed it";
        } catch (IOException e) {
            why = "its connection failed";
        } finally {
            lose(why);
        }
    }

    private void greet(FrameInput input) throws IOException {
        input.skipPast(ByteBuffer.allocate(MAGIC.length + NONCE_BYTES)
                .put(MAGIC)
                .put(nonce)
                .array());
        ByteBuffer answer = ByteBuffer.allocate(MAGIC.length + NONCE_BYTES)
                .put(MAGIC)
                .put(input.read(NONCE_BYTES))
                .flip();
        while (answer.hasRemaining()) {
            socket.write(answer);
        }
    }

    private void take(Frame frame) throws ViolationException {
        if (frame.channel() == 0) {
            if (frame.type() != FrameType.PONG) {
                throw StreamChannel.unexpected();
            }
            pings.answered(frame);
            return;
        }
        boolean isLast = frame.type() == FrameType.CLOSED || frame.type() == FrameType.FAILED;
        StreamChannel channel = isLast ? channels.remove(frame.channel()) : channels.get(frame.channel());
        if (channel == null) {
            throw StreamChannel.unexpected();
        }
        channel.accept(frame);
    }

    private void send() {
        try {
            queue.writeTo(socket);
        } catch (IOException e) {
            lose("its connection failed");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void beat() {
        try {
            while (true) {
                Thread.sleep(heartbeat.interval);
                if (over.isDone()) {
                    return;
                }
                if (System.nanoTime() - lastHeard > heartbeat.silence.toNanos()) {
                    lose("the guest has fallen silent: it was reset or paused, or its end of the stream was killed");
                    return;
                }
                queue.send(FrameType.PING, 0);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void lose(String why) {
        StreamException failure =
                new StreamException(StreamException.Kind.LOST, "The stream into the guest has ended because " + why);
        if (!over.complete(null)) {
            return;
        }
        queue.close();
        try {
            socket.close();
        } catch (IOException e) {
            // It is closed as far as this process is concerned.
        }
        ready.completeExceptionally(failure);
        pings.fail(failure);
        channels.values().forEach(channel -> channel.lose(failure));
        channels.clear();
        Thread.ofVirtual().name("bellhop-stream-end").start(whenLost);
    }

    @Override
    public boolean isOpen() {
        return ready.isDone() && !over.isDone();
    }

    @Override
    public Duration heardAgo() {
        return Duration.ofNanos(System.nanoTime() - lastHeard);
    }

    @Override
    public boolean answers(Deadline deadline) throws StreamException {
        return pings.ask(deadline);
    }

    /** Returns the number of open channels. */
    int size() {
        return channels.size();
    }

    @Override
    public GuestProcess exec(GuestCommand command, Deadline deadline) throws StreamException {
        return open((own, id) -> new ProcessChannel(own, id, command), deadline, channel -> channel.open(command));
    }

    @Override
    public GuestConnection connect(String host, int port, Deadline deadline) throws StreamException {
        return open(TcpChannel::new, deadline, channel -> channel.open(host, port));
    }

    @Override
    public GuestFile open(byte[] path, Set<GuestFile.Option> options, int mode, Deadline deadline)
            throws StreamException {
        return open(FileChannel::new, deadline, channel -> channel.open(path, options, mode));
    }

    private interface Maker<T> {
        T make(SendQueue queue, int id);
    }

    private interface Opener<T> {
        void open(T channel);
    }

    private <T extends StreamChannel> T open(Maker<T> maker, Deadline deadline, Opener<T> opener)
            throws StreamException {
        if (channels.size() >= MAX_CHANNELS) {
            throw new StreamException(
                    StreamException.Kind.TOO_MANY,
                    "Cannot open more on this stream because " + MAX_CHANNELS + " channels are open; close some");
        }
        T channel = maker.make(queue, lastId.incrementAndGet());
        channels.put(channel.id, channel);
        if (over.isDone()) {
            channels.remove(channel.id);
            throw new StreamException(
                    StreamException.Kind.LOST, "Cannot use the stream into the guest because it has ended");
        }
        try {
            opener.open(channel);
        } catch (IllegalArgumentException e) {
            channels.remove(channel.id);
            throw StreamException.refused(Errno.TOO_LONG);
        }
        channel.awaitOpened(deadline);
        return channel;
    }

    /** Ends the stream, which also ends the script in the guest. */
    @Override
    public void close() {
        lose("the server closed it");
    }
}
