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
 * What runs for a channel, on a virtual thread of its own. That thread is never interrupted: it may be in the middle of talking to an
 * agent, whose channel would be closed by that. It looks now and then whether its client is still there.
 */
abstract class ChannelCommand implements Command {
    private static final Logger log = LoggerFactory.getLogger(ChannelCommand.class);

    /** Of signals and new window sizes, which a client may send as fast as it likes. */
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

    /** How a command ended: by one of these. */
    sealed interface End {
        record Exited(int code) implements End {}

        record Killed(int signal) implements End {}

        /**
         * It was not run, or nobody knows.
         *
         * @param why a sentence for whoever waits
         */
        record Failed(String why) implements End {}

        /** Nobody may wait any more: the session is about to be ended, and with it this, as for a client that goes away. */
        record Unseen() implements End {}
    }

    /** Runs it; returns how it ended. */
    abstract End run() throws IOException, InterruptedException;

    /**
     * The client has gone before the end, or cannot be told of it. Does nothing where nothing has begun. On the session's thread, which
     * must not wait.
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

    /** Whether nobody waits for it any more. */
    final boolean isOver() {
        return over.getCount() == 0;
    }

    /** Waits, unless nobody waits for it any more. */
    final void pause(Duration time) throws InterruptedException {
        var _ = over.await(time.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Does what a client asks for beside the streams, where not too much of that is under way. Returns at once. */
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

    /** Does something on a thread of its own; the channel counts until it is done. Returns at once. */
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

    /** Tells a person something that is not the command's. */
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
        // The channel ends itself, in an order of its own.
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
            // The client has gone, as the library says in its own time.
            channel.close(true);
        } finally {
            over.countDown();
            channel.memory().leave();
        }
    }

    private End ended() throws IOException, InterruptedException {
        try {
            // The session is about to be ended; until then it begins nothing.
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
