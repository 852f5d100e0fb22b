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

/**
 * Starts the guest's end of a stream through the agent, and waits until both ends have greeted each other. For one
 * thread.
 */
final class Launcher {
    /** Exit codes of the script for its failures. */
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
     * Tries the interpreter that this guest had last time, or else perl, which starts faster, and then python.
     *
     * @return the interpreter that the guest has
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

    /** Returns false if the guest does not have the interpreter. */
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
                // The agent's timeout says nothing about the port: the guest can still answer there.
            }
        }
        // The process ends by itself within seconds; only then can its status be collected.
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
     * Makes the agent forget the process that it started, which has ended or soon will. Guests reuse pids, and the
     * agent must not report this end for the next process with this pid.
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
            // The agent was restarted and no longer knows the process.
        } catch (AgentException e) {
            // The agent is gone; if it returns, it is most likely a new process.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
