// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.terminal.guest;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.execution.script.GuestScript;
import dev.bellhop.server.execution.script.GuestShell;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.FieldFault;
import dev.bellhop.server.failure.FieldFault.Fault;
import dev.bellhop.server.stream.GuestCommand;
import dev.bellhop.server.stream.GuestProcess;
import dev.bellhop.server.stream.ProcessEnd;
import dev.bellhop.server.stream.StreamException;
import dev.bellhop.server.stream.StreamLease;
import dev.bellhop.server.terminal.PtyEnd;
import dev.bellhop.server.terminal.PtyOutput;
import dev.bellhop.server.terminal.PtySpec;
import dev.bellhop.server.terminal.WindowSize;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** One pty over a stream. It ends with its stream: its processes get a hangup. Thread safe. */
final class StreamPty implements AutoCloseable {
    private static final String ENTER =
            GuestScript.load(StreamPty.class, "login.sh").text();
    private static final String PERL = GuestScript.load(StreamPty.class, "enter.pl")
            .with("LOGIN", GuestScript.load(StreamPty.class, "login.pl"))
            .text();
    private static final String PYTHON = PtyBridge.python("enter.py");

    /** Output can follow the end of a command while a process that it left behind writes. */
    private static final Duration END_TIMEOUT = Duration.ofSeconds(1);

    private static final Set<StreamException.Kind> NEVER_RAN =
            Set.of(StreamException.Kind.REFUSED, StreamException.Kind.TOO_MANY);

    private static final int SIGHUP = 1;

    private final StreamLease lease;
    private final GuestProcess process;
    private final ReentrantLock reading = new ReentrantLock();
    private final ReentrantLock writing = new ReentrantLock();

    /** The last output read, kept for repeated requests. Guarded by {@link #reading}, like the following fields. */
    private byte[] last = {};

    private long lastOffset;
    private @Nullable PtyEnd end;

    /** Guarded by {@link #writing}. */
    private long written;

    private StreamPty(StreamLease lease, GuestProcess process) {
        this.lease = lease;
        this.process = process;
    }

    /**
     * Starts a command.
     *
     * @param lease owned by the pty after success
     * @throws StreamException if the guest did not start the command
     * @throws BellhopException {@code INVALID_FIELD} if the guest does not know the user, {@code AGENT_UNAVAILABLE} if
     *     the command may be running
     */
    static StreamPty start(VmId vm, StreamLease lease, PtySpec spec, Deadline deadline) throws StreamException {
        requireUser(vm, lease, spec.user(), deadline);
        List<String> argv = new ArrayList<>(List.of(GuestShell.PATH, "-c", ENTER, "sh", PERL, PYTHON, spec.user()));
        argv.add(spec.cwd() == null ? "" : spec.cwd());
        argv.add(spec.login() == null ? "" : "1");
        argv.add(Integer.toString(spec.variables().size()));
        argv.addAll(spec.argv());
        GuestCommand command = GuestCommand.of(argv.toArray(String[]::new))
                .withEnv(variables(spec))
                .withTerminal(spec.size().rows(), spec.size().cols())
                .withModes(spec.modes() == null ? "" : spec.modes().text());
        try {
            return new StreamPty(lease, lease.stream().exec(command, deadline));
        } catch (StreamException e) {
            if (NEVER_RAN.contains(e.kind())) {
                throw e;
            }
            throw new BellhopException(
                    ErrorCode.AGENT_UNAVAILABLE,
                    "Cannot open a terminal in VM " + vm + " because its guest did not say whether the command runs;"
                            + " if it does, it is hung up",
                    e);
        }
    }

    /** Renames the variables, so they have no effect on root's programs that run before the user's. */
    private static String[] variables(PtySpec spec) {
        List<String> variables = new ArrayList<>();
        spec.variables().forEach((name, value) -> variables.add("_bh_" + variables.size() + "=" + name + "=" + value));
        return variables.toArray(String[]::new);
    }

    private static void requireUser(VmId vm, StreamLease lease, String user, Deadline deadline) throws StreamException {
        if (user.equals("root")) {
            return;
        }
        try (GuestProcess id = lease.stream().exec(GuestCommand.of("id", "-u", "--", user), deadline)) {
            Optional<ProcessEnd> told = id.awaitEnd(deadline);
            boolean isKnown =
                    told.isEmpty() || Integer.valueOf(0).equals(told.get().exitCode());
            if (!isKnown) {
                throw noUser(vm);
            }
        }
    }

    static BellhopException noUser(VmId vm) {
        return new BellhopException(
                "Cannot open a terminal in VM " + vm + " because its guest has no such user",
                List.of(new FieldFault("/user", "A user of the guest", Fault.UNKNOWN_VALUE)));
    }

    PtyOutput read(long offset, int limit, Duration longest) throws InterruptedException {
        Deadline deadline = Deadline.after(longest);
        if (!reading.tryLock(longest.toNanos(), TimeUnit.NANOSECONDS)) {
            return PtyOutput.nothing();
        }
        try {
            long next = lastOffset + last.length;
            if (offset < lastOffset) {
                return PtyOutput.ended(PtyEnd.LOST); // No longer available.
            }
            if (offset < next) {
                // The answer was lost, or the reader took only some of it.
                int from = Math.toIntExact(offset - lastOffset);
                return new PtyOutput(Arrays.copyOfRange(last, from, Math.min(last.length, from + limit)), null);
            }
            if (end != null) {
                return PtyOutput.ended(end);
            }
            Optional<byte[]> came = process.stdout().read(limit, deadline);
            if (came.isPresent()) {
                byte[] bytes = came.get();
                if (bytes.length > 0) {
                    last = bytes;
                    lastOffset = next;
                }
                return new PtyOutput(bytes, null);
            }
            end = process.awaitEnd(Deadline.after(END_TIMEOUT))
                    .map(ended -> new PtyEnd(ended.exitCode(), ended.signal()))
                    .orElse(PtyEnd.LOST);
            return PtyOutput.ended(end);
        } catch (StreamException e) {
            if (e.kind() == StreamException.Kind.INTERRUPTED) {
                throw new InterruptedException();
            }
            end = PtyEnd.LOST;
            return PtyOutput.ended(end);
        } finally {
            reading.unlock();
        }
    }

    /** Returns whether the guest has all bytes; also true if the command no longer reads. */
    boolean write(long offset, byte[] bytes, Duration timeout) throws InterruptedException {
        Deadline deadline = Deadline.after(timeout);
        writing.lockInterruptibly();
        try {
            int from = Math.toIntExact(Math.clamp(written - offset, 0L, bytes.length));
            if (from == bytes.length) {
                return true;
            }
            int taken = process.stdin().write(bytes, from, bytes.length - from, deadline);
            written = offset + from + taken;
            return from + taken == bytes.length;
        } catch (StreamException e) {
            if (e.kind() == StreamException.Kind.INTERRUPTED) {
                throw new InterruptedException();
            }
            return true;
        } finally {
            writing.unlock();
        }
    }

    void resize(WindowSize size) {
        process.resize(new GuestCommand.Terminal(size.rows(), size.cols()));
    }

    void hangUp() {
        process.signal(SIGHUP);
    }

    @Override
    public void close() {
        process.close();
        lease.close();
    }
}
