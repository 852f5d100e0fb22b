// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.guest;

import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ExecStatus;
import dev.bellhop.server.stream.ChannelReader;
import dev.bellhop.server.stream.GuestFile;
import dev.bellhop.server.stream.GuestProcess;
import dev.bellhop.server.stream.ProcessEnd;
import dev.bellhop.server.stream.StreamException;
import dev.bellhop.server.stream.StreamLease;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A supervisor that was started over a stream. Its end is told unasked, with what it has said, as an agent would have told it. The stream
 * may be lost before: the process lives on, and its end is in the guest's spool. Thread safe.
 */
public final class StreamedProcess {
    /** More than a supervisor ever says on one of its outputs. Whatever says more is none, and is not listened to. */
    static final int MAX_OUTPUT = 80 * 1024;

    /** After which it is no use by itself of the stream, which may be closed: a port that stays plugged is in the way of a migration. */
    private static final Duration KEEPS_STREAM_OPEN = Duration.ofMinutes(1);

    /** The guest says something every few seconds. After this long its end of the stream is likely gone, and the spool knows more. */
    private static final Duration SILENCE = Duration.ofSeconds(8);

    /** After which the agent is asked. */
    private static final Duration READ_TIMEOUT = Duration.ofSeconds(5);

    private static final Set<GuestFile.Option> READ = Set.of(GuestFile.Option.READ, GuestFile.Option.NO_FOLLOW);

    private static final Duration AGES = Duration.ofDays(36_500);

    private final long pid;
    private final GuestProcess process;
    private final StreamLease lease;
    private final Runnable whenOver;
    private State state = new State.Running();
    private Runnable listener = () -> {};

    /** What is known of it. */
    public sealed interface State {
        record Running() implements State {}

        /** It has exited. */
        record Exited(ExecStatus status) implements State {}

        /** No more will ever be known by this way. */
        record Lost() implements State {}
    }

    /** @param whenOver called once, when nothing changes any more */
    StreamedProcess(GuestProcess process, StreamLease lease, Runnable whenOver) {
        this.pid = process.pid();
        this.process = process;
        this.lease = lease;
        this.whenOver = whenOver;
    }

    long pid() {
        return pid;
    }

    /** From now on it notices what becomes of the process. */
    void listen() {
        Thread.ofVirtual().name("streamed-process").start(() -> {
            State end = new State.Lost();
            try {
                end = await();
            } finally {
                over(end);
            }
        });
    }

    private State await() {
        Deadline leaseEnd = Deadline.after(KEEPS_STREAM_OPEN);
        try {
            byte[] stdout = all(process.stdout(), leaseEnd);
            byte[] stderr = all(process.stderr(), leaseEnd);
            if (stdout == null || stderr == null) {
                return new State.Lost();
            }
            return end(leaseEnd)
                    .<State>map(how -> new State.Exited(
                            new ExecStatus(true, how.exitCode(), how.signal(), stdout, stderr, false, false)))
                    .orElseGet(State.Lost::new);
        } catch (StreamException e) {
            return new State.Lost();
        }
    }

    private Optional<ProcessEnd> end(Deadline leaseEnd) throws StreamException {
        Optional<ProcessEnd> end = process.awaitEnd(leaseEnd);
        if (end.isPresent()) {
            return end;
        }
        lease.close();
        return process.awaitEnd(Deadline.after(AGES));
    }

    /** Absent where it is too much. */
    private byte @Nullable [] all(ChannelReader reader, Deadline leaseEnd) throws StreamException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        while (all.size() <= MAX_OUTPUT) {
            Optional<byte[]> read = reader.read(MAX_OUTPUT, leaseEnd.hasPassed() ? Deadline.after(AGES) : leaseEnd);
            if (read.isEmpty()) {
                return all.toByteArray();
            }
            all.writeBytes(read.get());
            if (leaseEnd.hasPassed()) {
                lease.close();
            }
        }
        return null;
    }

    private void over(State end) {
        Runnable told;
        synchronized (this) {
            if (!(state instanceof State.Running)) {
                return;
            }
            state = end;
            told = listener;
        }
        if (end instanceof State.Lost) {
            process.close();
        }
        lease.close();
        whenOver.run();
        told.run();
    }

    public State state() {
        synchronized (this) {
            if (!(state instanceof State.Running)) {
                return state;
            }
        }
        if (isSilent()) {
            over(new State.Lost());
        }
        synchronized (this) {
            return state;
        }
    }

    private boolean isSilent() {
        return lease.stream().heardAgo().compareTo(SILENCE) > 0;
    }

    /** Has this called once it is over, on any thread; at once where it is. */
    public void onOver(Runnable newListener) {
        boolean isOver;
        synchronized (this) {
            listener = newListener;
            isOver = !(state instanceof State.Running);
        }
        if (isOver) {
            newListener.run();
        }
    }

    /**
     * A part of a file of the guest.
     *
     * @param length of the whole file
     */
    @SuppressWarnings("ArrayRecordComponent")
    public record FilePart(long length, byte[] bytes) {}

    /**
     * Reads a file of the guest over the stream.
     *
     * @param place where to begin, which may be beyond its end by now
     * @return some bytes at most, none at the end; absent where it cannot be read so, or not now
     */
    public @Nullable FilePart read(String path, long place, int most) {
        if (isSilent()) {
            return null;
        }
        Deadline deadline = Deadline.after(READ_TIMEOUT);
        try (GuestFile file = lease.stream().open(path.getBytes(StandardCharsets.UTF_8), READ, 0, deadline)) {
            CompletableFuture<GuestFile.Stat> stat = file.stat();
            CompletableFuture<byte[]> bytes = file.read(place, Math.min(most, GuestFile.MAX_BYTES));
            return new FilePart(GuestFile.get(stat, deadline).size(), GuestFile.get(bytes, deadline));
        } catch (StreamException e) {
            return null;
        }
    }

    /** Nobody wants to know more. It lives on. */
    void close() {
        over(new State.Lost());
    }
}
