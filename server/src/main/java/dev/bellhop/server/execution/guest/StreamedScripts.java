// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.guest;

import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ExecCommand;
import dev.bellhop.qga.ExecStatus;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.ReplyBudget;
import dev.bellhop.server.stream.ChannelReader;
import dev.bellhop.server.stream.GuestCommand;
import dev.bellhop.server.stream.GuestProcess;
import dev.bellhop.server.stream.GuestStream;
import dev.bellhop.server.stream.OpenStreams;
import dev.bellhop.server.stream.ProcessEnd;
import dev.bellhop.server.stream.StreamException;
import dev.bellhop.server.stream.StreamLease;
import dev.bellhop.server.vm.VmId;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Runs short scripts in one VM over its stream, where one is open and nothing speaks against it. Thread safe. */
final class StreamedScripts {
    /** As much as an agent tells. */
    private static final int MAX_STDOUT = 16 << 20;

    /** A shell says why it fails in the first of its words; the rest is read and forgotten. */
    private static final int MAX_STDERR = 64 << 10;

    /** How much of it waits to be read. */
    private static final int WINDOW = 64 << 10;

    private final VmId vm;
    private final OpenStreams streams;
    private final StreamReadiness readiness;

    StreamedScripts(VmId vm, OpenStreams streams, StreamReadiness readiness) {
        this.vm = vm;
        this.streams = streams;
        this.readiness = readiness;
    }

    /**
     * Runs one to its end. What it leaves running lives on.
     *
     * @param command without variables and input
     * @param check called right before the start; if it throws, nothing is started
     * @return empty where it was certainly not started, and the agent is to do it
     */
    Optional<ExecStatus> run(GuestAgent agent, ExecCommand command, Runnable check, Deadline deadline)
            throws ScriptLostException {
        StreamLease lease = streams.acquireIfOpen(vm);
        if (lease == null) {
            return Optional.empty();
        }
        try (lease) {
            if (!readiness.isReady(lease.stream(), agent, deadline)) {
                return Optional.empty();
            }
            check.run();
            GuestProcess process = start(lease.stream(), command, deadline);
            return process == null ? Optional.empty() : Optional.of(end(process, deadline));
        } catch (StreamException e) {
            throw new ScriptLostException("the stream into the guest was lost", e);
        }
    }

    /** Returns a lease of the open stream if something may be done over it now. */
    Optional<StreamLease> ready(GuestAgent agent, Deadline deadline) {
        StreamLease lease = streams.acquireIfOpen(vm);
        if (lease == null) {
            return Optional.empty();
        }
        boolean isReady = false;
        try {
            isReady = readiness.isReady(lease.stream(), agent, deadline);
            return isReady ? Optional.of(lease) : Optional.empty();
        } finally {
            if (!isReady) {
                lease.close();
            }
        }
    }

    /** Absent where it was certainly not started. */
    private static @Nullable GuestProcess start(GuestStream stream, ExecCommand command, Deadline deadline)
            throws StreamException {
        List<String> argv = new ArrayList<>();
        // Beside that, it would not wait for the end of a leader.
        if (!command.path().equals(StreamedProcesses.SETSID)) {
            argv.add(command.path());
        }
        argv.addAll(command.args());
        try {
            return stream.exec(GuestCommand.of(argv.toArray(String[]::new)).detached(false, WINDOW), deadline);
        } catch (StreamException e) {
            if (e.kind() == StreamException.Kind.REFUSED || e.kind() == StreamException.Kind.TOO_MANY) {
                return null;
            }
            throw e;
        }
    }

    private static ExecStatus end(GuestProcess process, Deadline deadline) throws ScriptLostException, StreamException {
        try (process;
                ReplyBudget.Share share = ReplyBudget.shared().newShare()) {
            // Beside the other, or a script that says much here would wait for somebody who waits for its end.
            CompletableFuture<byte[]> stderr = CompletableFuture.supplyAsync(
                    () -> beginning(process.stderr(), deadline), Thread::startVirtualThread);
            byte[] stdout = all(process.stdout(), share, deadline);
            ProcessEnd end = process.awaitEnd(deadline).orElseThrow(StreamedScripts::late);
            return new ExecStatus(true, end.exitCode(), end.signal(), stdout, stderr.join(), false, false);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw late();
        }
    }

    private static byte[] all(ChannelReader reader, ReplyBudget.Share share, Deadline deadline)
            throws ScriptLostException, StreamException, InterruptedException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        while (all.size() <= MAX_STDOUT) {
            Optional<byte[]> read = reader.read(WINDOW, deadline);
            if (read.isEmpty()) {
                return all.toByteArray();
            }
            if (read.get().length == 0 || !share.grow(read.get().length, deadline)) {
                throw late();
            }
            all.writeBytes(read.get());
        }
        throw new ScriptLostException("it says more than a script has to say", null);
    }

    private static byte[] beginning(ChannelReader reader, Deadline deadline) {
        ByteArrayOutputStream kept = new ByteArrayOutputStream();
        try {
            for (byte[] read = next(reader, deadline); read.length > 0; read = next(reader, deadline)) {
                kept.write(read, 0, Math.min(read.length, MAX_STDERR - kept.size()));
            }
        } catch (StreamException e) {
            // Whoever reads the other output has it too.
            return kept.toByteArray();
        }
        return kept.toByteArray();
    }

    /** Nothing at its end, or where it is late. */
    private static byte[] next(ChannelReader reader, Deadline deadline) throws StreamException {
        return reader.read(WINDOW, deadline).orElseGet(() -> new byte[0]);
    }

    private static ScriptLostException late() {
        return new ScriptLostException("the guest takes too long", null);
    }
}
