// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.stream;

import dev.bellhop.qga.AgentErrorException;
import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.AgentTimeoutException;
import dev.bellhop.qga.CaptureOutput;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ExecCommand;
import dev.bellhop.qga.ExecStatus;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.RpcDisabledException;
import dev.bellhop.qga.RpcMissingException;
import dev.bellhop.server.stream.StreamUnavailableException.Reason;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Has a guest's agent start the guest's end of a stream, and waits until both ends have greeted each other. For one thread. */
final class Launcher {
    /** What the script ends with where it cannot do its work. */
    private static final int NO_INTERPRETER = 77;

    private static final int NO_PORT = 78;
    private static final int PORT_BUSY = 79;
    private static final int NO_ANSWER = 80;

    private static final Duration FIRST_LOOK = Duration.ofMillis(100);
    private static final Duration MAX_LOOK = Duration.ofSeconds(1);
    private static final Duration STATUS_TIMEOUT = Duration.ofSeconds(5);

    private final GuestAgent agent;
    private final String port;
    private final byte[] nonce;
    private final StreamConnection connection;

    Launcher(GuestAgent agent, String port, byte[] nonce, StreamConnection connection) {
        this.agent = agent;
        this.port = port;
        this.nonce = nonce;
        this.connection = connection;
    }

    /**
     * Tries what this guest had last time, or else perl, which is quicker to start, and then python.
     *
     * @return what the guest has
     */
    Multiplexer launch(@Nullable Multiplexer known, Deadline deadline) throws StreamUnavailableException {
        List<Multiplexer> tries = known == Multiplexer.PYTHON
                ? List.of(Multiplexer.PYTHON, Multiplexer.PERL)
                : List.of(Multiplexer.PERL, Multiplexer.PYTHON);
        for (Multiplexer multiplexer : tries) {
            if (starts(multiplexer, deadline)) {
                return multiplexer;
            }
        }
        throw new StreamUnavailableException(
                Reason.NO_INTERPRETER,
                "the guest has neither perl with its basic modules nor python3; install perl-base, perl or python3 in it");
    }

    /** False where the guest lacks what it takes. */
    private boolean starts(Multiplexer multiplexer, Deadline deadline) throws StreamUnavailableException {
        try {
            ExecCommand command = new ExecCommand(
                    "/bin/sh",
                    multiplexer.shellArguments(),
                    List.of(),
                    multiplexer.program(port, nonce),
                    CaptureOutput.NONE);
            long pid = agent.exec(command, deadline);
            return greets(pid, deadline);
        } catch (StreamException e) {
            throw new StreamUnavailableException(
                    e.kind() == StreamException.Kind.INTERRUPTED ? Reason.CLOSING : Reason.LATE,
                    "the port was closed before the guest answered");
        } catch (RpcMissingException | RpcDisabledException e) {
            throw new StreamUnavailableException(Reason.AGENT, "its agent runs no commands");
        } catch (AgentException e) {
            throw new StreamUnavailableException(Reason.AGENT, "its agent did not start the guest's end of it");
        }
    }

    private boolean greets(long pid, Deadline deadline)
            throws StreamException, StreamUnavailableException, AgentException {
        Duration pause = FIRST_LOOK;
        while (!deadline.hasPassed()) {
            Duration look = pause.compareTo(deadline.remaining()) < 0 ? pause : deadline.remaining();
            if (connection.awaitReady(Deadline.after(look))) {
                collect(pid);
                return true;
            }
            pause = pause.multipliedBy(2).compareTo(MAX_LOOK) < 0 ? pause.multipliedBy(2) : MAX_LOOK;
            try {
                ExecStatus status = agent.execStatus(pid, deadline);
                if (status.exited()) {
                    return ended(status, deadline);
                }
            } catch (AgentTimeoutException e) {
                // It says nothing of the port: the guest may yet answer there.
            }
        }
        // Its process ends by itself, in some seconds, and has to be asked for then.
        Thread.ofVirtual().name("bellhop-stream-collect").start(() -> collect(pid));
        throw new StreamUnavailableException(Reason.LATE, "the guest did not answer on the port in time");
    }

    private boolean ended(ExecStatus status, Deadline deadline) throws StreamException, StreamUnavailableException {
        Integer code = status.exitCode();
        return switch (code == null ? -1 : code) {
            case 0 -> {
                if (!connection.awaitReady(deadline)) {
                    throw new StreamUnavailableException(Reason.LATE, "the guest did not answer on the port in time");
                }
                yield true;
            }
            case NO_INTERPRETER -> false;
            case NO_PORT ->
                throw new StreamUnavailableException(
                        Reason.NO_PORT,
                        "the guest does not show the port that was plugged for it; its kernel needs the module virtio_console");
            case PORT_BUSY ->
                throw new StreamUnavailableException(
                        Reason.PORT_BUSY, "another process of the guest has opened the port first");
            case NO_ANSWER ->
                throw new StreamUnavailableException(
                        Reason.LATE, "the guest did not see the server's answer on the port in time");
            default ->
                throw new StreamUnavailableException(Reason.AGENT, "the guest's end of it ended as it should not");
        };
    }

    /**
     * Has the agent forget the process that it has started, which has ended or soon will: guests give pids again, and the next who has
     * this one must not be told of this end.
     */
    private void collect(long pid) {
        Deadline deadline = Deadline.after(STATUS_TIMEOUT);
        try {
            Duration pause = Duration.ofMillis(2);
            while (!agent.execStatus(pid, deadline).exited() && !deadline.hasPassed()) {
                Thread.sleep(pause);
                pause = pause.multipliedBy(2);
            }
        } catch (AgentErrorException e) {
            // The agent has been restarted, and has forgotten it.
        } catch (AgentException e) {
            // It is away; when it comes back, it is most likely another one.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
