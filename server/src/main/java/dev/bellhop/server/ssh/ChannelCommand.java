// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import dev.bellhop.server.failure.BellhopException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.apache.sshd.server.Environment;
import org.apache.sshd.server.ExitCallback;
import org.apache.sshd.server.channel.ChannelSession;
import org.apache.sshd.server.command.Command;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A command that runs for a channel, on its own virtual thread. That thread is never interrupted: an interrupt during a
 * call to an agent would close the agent's channel. Instead, the thread regularly checks if its client is still
 * connected.
 */
abstract class ChannelCommand implements Command {
    private static final Logger log = LoggerFactory.getLogger(ChannelCommand.class);

    /** The number of signals and window changes in progress; a client can send them as fast as it likes. */
    private static final int MAX_ASIDE = 16;

    private final GuestChannel channel;
    private final CountDownLatch over = new CountDownLatch(1);
    private final Semaphore aside = new Semaphore(MAX_ASIDE);
    private volatile boolean ended;
    private @Nullable InputStream in;
    private @Nullable OutputStream out;
    private @Nullable OutputStream err;

    ChannelCommand(GuestChannel channel) {
        this.channel = channel;
    }

    /** How a command ended. */
    sealed interface End {
        record Exited(int code) implements End {}

        record Killed(int signal) implements End {}

        /**
         * The command was not run, or its result is unknown.
         *
         * @param why a sentence for the client's user
         */
        record Failed(String why) implements End {}

        /**
         * The session is about to be ended, and the command with it, as if the client had disconnected. No end is sent.
         */
        record Unseen() implements End {}
    }

    /** Runs the command; returns how it ended. */
    abstract End run() throws IOException, InterruptedException;

    /**
     * Called if the client has gone before the end, or cannot be sent the end. Does nothing if nothing has begun. Runs
     * on the session's thread, which must not wait.
     */
    abstract void abandoned();

    final GuestChannel channel() {
        return channel;
    }

    final InputStream in() {
        return Objects.requireNonNull(in);
    }

    final OutputStream out() {
        return Objects.requireNonNull(out);
    }

    final OutputStream err() {
        return Objects.requireNonNull(err);
    }

    /** Checks if the command has ended for its client. */
    final boolean isOver() {
        return over.getCount() == 0;
    }

    /** Sleeps, but at most until the command has ended for its client. */
    final void pause(Duration time) throws InterruptedException {
        var _ = over.await(time.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Handles a client's request beside the streams; drops it if too many are in progress. Does not wait. */
    final void aside(Runnable task) {
        if (aside.tryAcquire()) {
            onThread("ssh-aside", () -> {
                try {
                    task.run();
                } finally {
                    aside.release();
                }
            });
        }
    }

    /** Runs a task on a new thread, which keeps the channel's memory until it is done. Does not wait. */
    final void onThread(String name, Runnable task) {
        channel.memory().enter();
        Thread.ofVirtual().name(name).start(() -> {
            try {
                task.run();
            } finally {
                channel.memory().leave();
            }
        });
    }

    /** Prints a sentence from Bellhop, not from the command, to the user's stderr. */
    final void tell(String sentence) throws IOException {
        String end = channel.term() == null ? "\n" : "\r\n";
        err().write(("bellhop: " + sentence + end).getBytes(StandardCharsets.UTF_8));
        err().flush();
    }

    @Override
    public void setInputStream(InputStream stream) {
        in = stream;
    }

    @Override
    public void setOutputStream(OutputStream stream) {
        out = stream;
    }

    @Override
    public void setErrorStream(OutputStream stream) {
        err = stream;
    }

    @Override
    public void setExitCallback(ExitCallback callback) {
        // The channel ends itself, in its own order.
    }

    @Override
    public void start(ChannelSession session, Environment environment) {
        channel.memory().enter();
        Thread.ofVirtual().name("ssh-command").start(this::runToTheEnd);
    }

    private void runToTheEnd() {
        try {
            end(ended());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            // The client has gone. The library notices that later.
            channel.close(true);
        } finally {
            over.countDown();
            channel.memory().leave();
        }
    }

    private End ended() throws IOException, InterruptedException {
        try {
            // If the login is no longer good, the session is about to be ended; until then, nothing new begins.
            return channel.login().stillGood().getAsBoolean() ? run() : new End.Unseen();
        } catch (BellhopException e) {
            abandoned();
            return new End.Failed(SshErrors.sentence(e));
        } catch (RuntimeException | Error e) {
            log.error("Cannot serve a channel of an SSH session", e);
            abandoned();
            return new End.Failed(SshErrors.FAULT);
        }
    }

    private void end(End end) throws IOException {
        if (isOver() || end instanceof End.Unseen) {
            return;
        }
        ended = true;
        switch (end) {
            case End.Exited(int code) -> channel.endByCode(code);
            case End.Killed(int signal) -> channel.endBySignal(Signals.name(signal));
            case End.Failed(String why) -> {
                tell(why);
                channel.endByCode(SshErrors.EXIT_CODE);
            }
            case End.Unseen() -> {}
        }
    }

    @Override
    public void destroy(ChannelSession session) {
        over.countDown();
        if (!ended) {
            ended = true;
            abandoned();
        }
    }
}
