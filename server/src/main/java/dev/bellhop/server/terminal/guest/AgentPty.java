// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.terminal.guest;

import dev.bellhop.qga.AgentErrorException;
import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.terminal.PtyEnd;
import dev.bellhop.server.terminal.PtyOutput;
import dev.bellhop.server.terminal.WindowSize;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One pty, over the calls of its guest's agent. Input is written to a FIFO of its bridge, and output is read from the
 * bridge's files at the intervals of {@link PtyPolling}. A failed call does not end the pty, because agents are
 * restarted and guests paused. Thread safe.
 */
final class AgentPty {
    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(5);

    /** Interval short enough that two missed heartbeats do not make the bridge give up. */
    private static final long HEARTBEAT_NANOS = PtyBridge.PATIENCE.toNanos() / 4;

    /** Bytes read that are acknowledged before the next heartbeat is due. */
    private static final int ACKNOWLEDGED_BYTES = PtyBridge.SEGMENT_BYTES / 2;

    /** Time after output before the end of the command is checked: an echo comes first. */
    private static final long MOMENT_NANOS = Duration.ofMillis(10).toNanos();

    /** Time without an answer until the pty counts as lost: the bridge has then also given up. */
    private static final long LOST_NANOS = PtyBridge.PATIENCE.plusSeconds(30).toNanos();

    private static final Pattern END = Pattern.compile("(exited|signal) ([0-9]{1,3})\n");
    private static final int END_BYTES = 32;

    private final GuestAgent agent;
    private final String folder;
    private final Liveness liveness;
    private final SegmentReader reader;
    private final FifoWriter writer;
    /**
     * Separate from {@link #writer}, so acknowledgements still arrive while the input FIFO is full. Guarded by {@link
     * #reading}.
     */
    private final FifoWriter acknowledgements;

    private final ReentrantLock reading = new ReentrantLock();
    private final ReentrantLock writing = new ReentrantLock();

    /** Released after input, because output may follow soon. */
    private final Semaphore typed = new Semaphore(0);

    private volatile long lastEvent = System.nanoTime();
    private volatile long lastAnswer = System.nanoTime();

    /** Guarded by {@link #reading}, like the following fields. */
    private long acknowledged;

    private long lastHeartbeat = System.nanoTime();
    private @Nullable PtyEnd end;

    /** Checks whether the bridge still runs in the guest. */
    interface Liveness {
        boolean ask(Deadline deadline) throws AgentException;
    }

    AgentPty(GuestAgent agent, String folder, Liveness liveness) {
        this.agent = agent;
        this.folder = folder;
        this.liveness = liveness;
        this.reader = new SegmentReader(agent, folder);
        this.writer = new FifoWriter(agent, folder + "/in");
        this.acknowledgements = new FifoWriter(agent, folder + "/read");
    }

    PtyOutput read(long offset, int limit, Duration longest) throws InterruptedException {
        long until = System.nanoTime() + longest.toNanos();
        reading.lockInterruptibly();
        try {
            while (true) {
                PtyOutput found = look(offset, limit);
                long now = System.nanoTime();
                if (found != null || now - until >= 0) {
                    return found == null ? PtyOutput.nothing() : found;
                }
                long pause = PtyPolling.pauseNanos(now - lastEvent);
                if (typed.tryAcquire(Math.min(pause, until - now), TimeUnit.NANOSECONDS)) {
                    typed.drainPermits();
                }
            }
        } finally {
            reading.unlock();
        }
    }

    /** Looks for output or the end; absent if there is neither yet. */
    private @Nullable PtyOutput look(long offset, int limit) {
        if (end != null) {
            return PtyOutput.ended(end);
        }
        Deadline deadline = Deadline.after(CALL_TIMEOUT);
        try {
            byte[] bytes = reader.read(offset, limit, deadline);
            lastAnswer = System.nanoTime();
            if (bytes.length > 0) {
                lastEvent = lastAnswer;
                acknowledge(offset);
                return new PtyOutput(bytes, null);
            }
            if (lastAnswer - lastEvent > MOMENT_NANOS) {
                PtyEnd told = readEnd(deadline);
                if (told != null) {
                    // Output from before the end may have arrived in between.
                    byte[] rest = reader.read(offset, limit, deadline);
                    if (rest.length > 0) {
                        return new PtyOutput(rest, null);
                    }
                    end = told;
                    return PtyOutput.ended(told);
                }
            }
            acknowledge(offset);
            if (reader.wasLost() && !liveness.ask(deadline)) {
                end = PtyEnd.LOST;
                return PtyOutput.ended(end);
            }
            return null;
        } catch (AgentException e) {
            if (System.nanoTime() - lastAnswer > LOST_NANOS) {
                end = PtyEnd.LOST;
                return PtyOutput.ended(end);
            }
            return null;
        }
    }

    /** Notifies the bridge which output it can drop, or that the server is still here. */
    private void acknowledge(long offset) throws AgentException {
        long now = System.nanoTime();
        boolean alive = now - lastHeartbeat > HEARTBEAT_NANOS;
        if (!alive && offset - acknowledged < ACKNOWLEDGED_BYTES) {
            return;
        }
        Deadline deadline = Deadline.after(CALL_TIMEOUT);
        if (alive && now - lastEvent > HEARTBEAT_NANOS && !liveness.ask(deadline)) {
            end = PtyEnd.LOST;
            return;
        }
        if (acknowledgements.write(PtyFrame.read(offset), deadline)) {
            acknowledged = offset;
            lastHeartbeat = now;
        }
    }

    private @Nullable PtyEnd readEnd(Deadline deadline) throws AgentException {
        long handle;
        try {
            handle = agent.fileOpen(folder + "/end", "r", deadline);
        } catch (AgentErrorException e) {
            return null;
        }
        try {
            String line = new String(agent.fileRead(handle, END_BYTES, deadline).data(), StandardCharsets.US_ASCII);
            Matcher told = END.matcher(line);
            if (!told.matches()) {
                return PtyEnd.LOST;
            }
            int number = Math.min(Integer.parseInt(told.group(2)), 255);
            return told.group(1).equals("exited") ? new PtyEnd(number, null) : new PtyEnd(null, number);
        } finally {
            agent.fileClose(handle, deadline);
        }
    }

    void write(long offset, byte[] bytes, Duration timeout) throws InterruptedException {
        Deadline deadline = Deadline.after(timeout);
        writing.lockInterruptibly();
        try {
            for (int at = 0; at < bytes.length; ) {
                int count = Math.min(PtyFrame.MAX_INPUT, bytes.length - at);
                send(PtyFrame.input(offset + at, bytes, at, count), deadline);
                at += count;
            }
        } finally {
            writing.unlock();
        }
    }

    void resize(WindowSize size) throws InterruptedException {
        send(PtyFrame.resize(size));
    }

    void hangUp() throws InterruptedException {
        send(PtyFrame.hangUp());
    }

    private void send(byte[] frame) throws InterruptedException {
        writing.lockInterruptibly();
        try {
            send(frame, Deadline.after(CALL_TIMEOUT));
        } finally {
            writing.unlock();
        }
    }

    /** Retries until the deadline: a frame that is sent twice takes effect once. */
    private void send(byte[] frame, Deadline deadline) throws InterruptedException {
        for (long pause = 2; ; pause = Math.min(2 * pause, 200)) {
            try {
                if (writer.write(frame, deadline)) {
                    lastEvent = System.nanoTime();
                    typed.release();
                    return;
                }
            } catch (AgentException e) {
                if (deadline.hasPassed()) {
                    throw new BellhopException(
                            ErrorCode.AGENT_UNAVAILABLE,
                            "Cannot reach the terminal because the guest agent does not answer",
                            e);
                }
            }
            if (deadline.hasPassed()) {
                throw new BellhopException(
                        ErrorCode.STDIN_FULL,
                        "Cannot type into the terminal now because what runs there does not read");
            }
            Thread.sleep(pause);
        }
    }

    /** Asks the bridge to remove its folder, or at least to hang up. Ignores failures. */
    void quit() {
        Deadline deadline = Deadline.after(CALL_TIMEOUT);
        reading.lock();
        writing.lock();
        try {
            writer.write(PtyFrame.quit(), deadline);
            writer.close(deadline);
            acknowledgements.close(deadline);
            reader.close(deadline);
        } catch (AgentException e) {
            // The bridge ends by itself when no more frames arrive.
        } finally {
            writing.unlock();
            reading.unlock();
        }
    }
}
