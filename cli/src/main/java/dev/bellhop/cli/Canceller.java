// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import dev.bellhop.api.client.BellhopApiException;
import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.BellhopClientException;
import org.jspecify.annotations.Nullable;

/**
 * Asks for the end of the command that is waited for, once, whoever wants it and whenever: before the server has answered
 * it is only remembered. How it ends shows where its end is waited for. Thread safe.
 */
final class Canceller implements AutoCloseable {

    /** Why a command is to end early. */
    enum Cause {
        CTRL_C,
        NO_READER,
        NO_STDIN
    }

    /** How far it has come. */
    enum Progress {
        /** Nobody wants it. */
        NOT_WANTED,
        /** The server is being asked, or will be once it has answered the start. */
        ASKED,
        /** The server has it, and goes on whether it is waited for or not. */
        TAKEN,
        /** The server does not do it. */
        REFUSED,
        /** It had ended before the server was asked. */
        ENDED
    }

    private final BellhopClient client;
    private final Retries retries;
    private final Terminal terminal;
    private @Nullable Cause cause;
    private @Nullable String id;
    private @Nullable Thread thread;
    private boolean over;
    private Progress progress = Progress.NOT_WANTED;

    Canceller(BellhopClient client, Retries retries, Terminal terminal) {
        this.client = client;
        this.retries = retries;
        this.terminal = terminal;
    }

    /** The server has answered, and this is the execution. */
    synchronized void started(String newId) {
        id = newId;
        begin();
    }

    /** Has the command end. */
    synchronized void cancel(Cause why) {
        if (cause == null) {
            cause = why;
            progress = Progress.ASKED;
            begin();
        }
    }

    /** Why it was to end early; absent where nobody wanted that. */
    synchronized @Nullable Cause cause() {
        return cause;
    }

    synchronized Progress progress() {
        return progress;
    }

    private synchronized void reached(Progress newProgress) {
        progress = newProgress;
    }

    private void begin() {
        String execution = id;
        if (cause != null && execution != null && thread == null) {
            thread = Thread.ofVirtual().name("canceller").start(() -> run(execution));
        }
    }

    private void run(String execution) {
        try {
            retries.run(() -> client.cancel(execution, null));
            reached(Progress.TAKEN);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (BellhopClientException e) {
            boolean ended = e instanceof BellhopApiException answer
                    && answer.code().filter("execution_ended"::equals).isPresent();
            if (ended) {
                reached(Progress.ENDED);
            } else if (!isOver()) {
                reached(Progress.REFUSED);
                terminal.say(e.getMessage() + ".\nIt is not cancelled; Ctrl-C ends the waiting alone");
            }
        }
    }

    private synchronized boolean isOver() {
        return over;
    }

    @Override
    public synchronized void close() {
        over = true;
        if (thread != null) {
            thread.interrupt();
        }
    }
}
