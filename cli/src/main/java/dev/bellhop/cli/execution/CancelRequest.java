// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.execution;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.error.BellhopApiException;
import dev.bellhop.api.client.error.BellhopClientException;
import dev.bellhop.cli.command.Retries;
import dev.bellhop.cli.terminal.Terminal;
import org.jspecify.annotations.Nullable;

/**
 * Cancels an execution at most once, whoever asks and whenever: a request before the server has answered the start waits
 * until then. Does not wait for the end. Thread safe.
 */
final class CancelRequest implements AutoCloseable {

    /** Why a command is cancelled. */
    enum Reason {
        CTRL_C,
        NO_READER,
        NO_STDIN
    }

    enum Status {
        /** Nobody asked for it. */
        NONE,
        /** It was sent, or will be once the server has answered the start. */
        PENDING,
        /** The server cancels the command, whether anybody waits or not. */
        ACCEPTED,
        /** The server does not cancel it. */
        REFUSED,
        /** The command had ended before. */
        TOO_LATE
    }

    private final BellhopClient client;
    private final Retries retries;
    private final Terminal terminal;
    private @Nullable Reason reason;
    private @Nullable String id;
    private @Nullable Thread thread;
    private boolean closed;
    private Status status = Status.NONE;

    CancelRequest(BellhopClient client, Retries retries, Terminal terminal) {
        this.client = client;
        this.retries = retries;
        this.terminal = terminal;
    }

    /** The server has answered the start; this is the execution. */
    synchronized void started(String newId) {
        id = newId;
        sendIfReady();
    }

    synchronized void cancel(Reason why) {
        if (reason == null) {
            reason = why;
            status = Status.PENDING;
            sendIfReady();
        }
    }

    /** Absent if nobody asked for it. */
    synchronized @Nullable Reason reason() {
        return reason;
    }

    synchronized Status status() {
        return status;
    }

    private synchronized void reached(Status newStatus) {
        status = newStatus;
    }

    private void sendIfReady() {
        String execution = id;
        if (reason != null && execution != null && thread == null) {
            thread = Thread.ofVirtual().name("cancel-request").start(() -> send(execution));
        }
    }

    private void send(String execution) {
        try {
            retries.run(() -> client.executions().cancel(execution, null));
            reached(Status.ACCEPTED);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (BellhopClientException e) {
            if (e instanceof BellhopApiException answer
                    && answer.code().filter("execution_ended"::equals).isPresent()) {
                reached(Status.TOO_LATE);
            } else if (!isClosed()) {
                reached(Status.REFUSED);
                terminal.say(e.getMessage() + ".\nIt is not cancelled; Ctrl-C ends the waiting alone");
            }
        }
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (thread != null) {
            thread.interrupt();
        }
    }
}
