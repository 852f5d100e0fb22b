// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.guest;

import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.AgentTimeoutException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ExecCommand;
import dev.bellhop.qga.ExecStatus;
import dev.bellhop.qga.GuestAgent;
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
import org.jspecify.annotations.Nullable;

/** Runs short scripts in one VM over its stream, where one is open and nothing speaks against it. Thread safe. */
final class StreamedScripts {
    /** More than a script has to say; whatever says more is none. */
    private static final int MAX_OUTPUT = 4 << 20;

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
     * @return empty where it was certainly not started, and the agent is to do it
     * @throws AgentException where it may have been started, and how it ended is not known
     */
    Optional<ExecStatus> run(GuestAgent agent, ExecCommand command, Deadline deadline) throws AgentException {
        StreamLease lease = streams.acquireIfOpen(vm);
        if (lease == null) {
            return Optional.empty();
        }
        try (lease) {
            GuestProcess process = readiness.isReady(lease.stream(), agent, deadline)
                    ? start(lease.stream(), command, deadline)
                    : null;
            return process == null ? Optional.empty() : Optional.of(end(process, deadline));
        } catch (StreamException e) {
            throw unconfirmed(e);
        }
    }

    /** Absent where it was certainly not started. */
    private static @Nullable GuestProcess start(GuestStream stream, ExecCommand command, Deadline deadline)
            throws StreamException {
        List<String> argv = new ArrayList<>(List.of(command.path()));
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

    private static ExecStatus end(GuestProcess process, Deadline deadline) throws AgentException, StreamException {
        try (process) {
            byte[] stdout = all(process.stdout(), deadline);
            byte[] stderr = all(process.stderr(), deadline);
            ProcessEnd end = process.awaitEnd(deadline).orElseThrow(() -> unconfirmed(null));
            return new ExecStatus(true, end.exitCode(), end.signal(), stdout, stderr, false, false);
        }
    }

    private static byte[] all(ChannelReader reader, Deadline deadline) throws AgentException, StreamException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        while (all.size() <= MAX_OUTPUT) {
            Optional<byte[]> read = reader.read(WINDOW, deadline);
            if (read.isEmpty()) {
                return all.toByteArray();
            }
            if (read.get().length == 0) {
                break;
            }
            all.writeBytes(read.get());
        }
        throw unconfirmed(null);
    }

    private static AgentException unconfirmed(@Nullable StreamException cause) {
        return new AgentTimeoutException(AgentTimeoutException.Stage.REPLY, "guest-exec", true, cause);
    }
}
