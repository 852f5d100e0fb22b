// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.StdinPiece;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.service.Caller;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.ssh.login.SshLogin;
import dev.bellhop.server.ssh.memory.ChannelMemory;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Sends a client's stdin to its command, piece by piece. The next piece is sent once the guest has the one before,
 * which slows the client down if the command does not read. The end of stdin is the command's end of file. The thread
 * ends with the channel and does not close its stream earlier: data for a closed stream would end the client's session.
 */
final class ExecInput {
    private static final int PIECE = 256 << 10;

    /** The buffer for a client that sends nothing, or if there is no memory for more. */
    private static final int SMALL = 16 << 10;

    private static final byte[] NOTHING = {};
    private static final Duration RETRY_INTERVAL = Duration.ofMillis(200);

    /** Errors that mean that the command no longer reads. */
    private static final Set<ErrorCode> UNWANTED = EnumSet.of(ErrorCode.EXECUTION_ENDED, ErrorCode.STDIN_CLOSED);

    /**
     * Temporary errors: the agent is away, the command has not started, or it reads more slowly than the client sends.
     */
    private static final Set<ErrorCode> RETRY = EnumSet.of(
            ErrorCode.AGENT_UNAVAILABLE,
            ErrorCode.STORE_UNAVAILABLE,
            ErrorCode.OVERLOADED,
            ErrorCode.START_UNCONFIRMED,
            ErrorCode.EXECUTION_PENDING,
            ErrorCode.STDIN_FULL);

    private final SshServices services;
    private final SshLogin login;
    private final ExecutionId id;
    private final ChannelCommand command;
    private final ChannelMemory memory;
    /** The early stdin, until it is sent. */
    private byte[] early;

    private final Runnable sent;
    private final Consumer<String> failed;

    /**
     * Creates the sender; it sends nothing yet.
     *
     * @param command the command of the client
     * @param early the stdin that is already read
     * @param sent called once the early stdin is sent and no longer in memory
     * @param failed called with the reason if the rest cannot be sent; the command would wait for it in vain
     */
    ExecInput(
            SshServices services,
            SshLogin login,
            ExecutionId id,
            ChannelCommand command,
            byte[] early,
            Runnable sent,
            Consumer<String> failed) {
        this.services = services;
        this.login = login;
        this.id = id;
        this.command = command;
        this.early = early;
        this.memory = command.channel().memory();
        this.sent = sent;
        this.failed = failed;
    }

    void start() {
        memory.enter();
        Thread.ofVirtual().name("ssh-stdin").start(this::run);
    }

    private void run() {
        try {
            send();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            // The channel is closed.
        } catch (BellhopException e) {
            if (!UNWANTED.contains(e.code()) && !command.isOver()) {
                failed.accept(SshErrors.sentence(e));
            }
        } finally {
            memory.leave();
        }
    }

    private void send() throws IOException, InterruptedException {
        long offset = early.length;
        sendEarly();
        byte[] buffer = new byte[SMALL];
        for (int count = command.in().read(buffer);
                count >= 0;
                count = command.in().read(buffer)) {
            offset += pass(offset, buffer, count);
        }
        write(new StdinPiece(offset, new byte[0], true));
    }

    private void sendEarly() throws InterruptedException {
        for (int from = 0; from < early.length; from += PIECE) {
            int to = Math.min(early.length, from + PIECE);
            write(new StdinPiece(from, Arrays.copyOfRange(early, from, to), false));
        }
        early = NOTHING;
        sent.run();
    }

    /**
     * Sends the buffer and all that has arrived since, if there is memory for it. Returns the number of bytes sent.
     */
    private int pass(long offset, byte[] buffer, int count) throws IOException, InterruptedException {
        int most = Math.min(PIECE - count, command.in().available());
        int more = most > 0 && memory.take(2L * most) ? most : 0;
        try {
            byte[] bytes = Arrays.copyOf(buffer, count + more);
            int all = count + command.in().readNBytes(bytes, count, more);
            write(new StdinPiece(offset, bytes.length == all ? bytes : Arrays.copyOf(bytes, all), false));
            return all;
        } finally {
            memory.giveBack(2L * more);
        }
    }

    /** Checked before each piece, because the session of an ended key is closed a moment later. */
    private void requireStillGood() {
        if (!login.stillGood().getAsBoolean()) {
            throw Caller.noLongerAccepted();
        }
    }

    private void write(StdinPiece piece) throws InterruptedException {
        while (!command.isOver()) {
            try {
                requireStillGood();
                services.during(
                        login,
                        UseCase.EXECUTION_STDIN,
                        permit -> services.control()
                                .stdin(services.executions().find(permit, id.toString()))
                                .applyAsLong(piece));
                return;
            } catch (BellhopException e) {
                if (!RETRY.contains(e.code())) {
                    throw e;
                }
                command.pause(RETRY_INTERVAL);
            }
        }
    }
}
