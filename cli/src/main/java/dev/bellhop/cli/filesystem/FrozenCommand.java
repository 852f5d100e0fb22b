// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.filesystem;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.error.BellhopClientException;
import dev.bellhop.api.v2.vm.FileSystemFreeze;
import dev.bellhop.api.v2.vm.FreezeOptions;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ErrorMessages;
import dev.bellhop.cli.command.ExitCodes;
import dev.bellhop.cli.command.Retries;
import dev.bellhop.cli.terminal.Terminal;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Runs a command of this machine while the file systems of a guest are frozen, and thaws them whatever becomes of it: its end,
 * a failure to start it, or a signal that ends this process. For one use.
 */
final class FrozenCommand {
    /** For the command to end after it was told to. */
    private static final long STOP_SECONDS = 5;

    /** For the answer to the freeze, when this process is to end: only that tells whether there is anything to thaw. */
    private static final long ANSWER_SECONDS = 60;

    private final CliContext context;
    private final Terminal terminal;
    private final BellhopClient client;
    private final long vmid;
    private final FreezeOptions options;
    private final Duration lease;
    private final CountDownLatch answered = new CountDownLatch(1);

    /** Of {@link System#nanoTime}, before the lease begins. */
    private volatile long begun;

    /** What was answered to the freeze. */
    private volatile @Nullable FileSystemFreeze frozen;

    /** Set once it runs. Guarded by this, likewise the next two. */
    private @Nullable Process process;

    private boolean stopping;
    private boolean thawed;

    /** @param options with seconds */
    FrozenCommand(CliContext context, BellhopClient client, long vmid, FreezeOptions options) {
        this.context = context;
        this.terminal = context.terminal();
        this.client = client;
        this.vmid = vmid;
        this.options = options;
        this.lease = Duration.ofSeconds(Objects.requireNonNull(options.seconds()));
    }

    /** Returns its exit code, or {@link ExitCodes#TIMED_OUT} where it was not frozen until its end. */
    int run(List<String> command) throws InterruptedException {
        Thread onSignal = new Thread(this::stopAndThaw, "thaw");
        Runtime.getRuntime().addShutdownHook(onSignal);
        try {
            begun = System.nanoTime();
            frozen = client.guest(vmid).freezeFileSystems(options);
        } finally {
            answered.countDown();
            if (frozen == null) {
                release(onSignal);
            }
        }
        int exitCode = ExitCodes.FAILED;
        boolean wasFrozen = false;
        try {
            Process started = start(command);
            exitCode = started == null ? ExitCodes.FAILED : started.waitFor();
        } catch (IOException e) {
            terminal.say("Cannot run " + command.getFirst() + " on this machine; look whether it is there");
        } finally {
            wasFrozen = thaw();
            release(onSignal);
        }
        return exitCode == ExitCodes.OK && !wasFrozen ? ExitCodes.TIMED_OUT : exitCode;
    }

    private synchronized @Nullable Process start(List<String> command) throws IOException {
        if (!stopping) {
            process = new ProcessBuilder(command).inheritIO().start();
        }
        return process;
    }

    private synchronized @Nullable Process stop() {
        stopping = true;
        if (process != null) {
            process.destroy();
        }
        return process;
    }

    private static void release(Thread onSignal) {
        try {
            Runtime.getRuntime().removeShutdownHook(onSignal);
        } catch (IllegalStateException e) {
            // The process is ending already, and the hook finds that all is thawed.
        }
    }

    private void stopAndThaw() {
        try {
            Process running = stop();
            if (running != null) {
                boolean _ = running.waitFor(STOP_SECONDS, TimeUnit.SECONDS);
            }
            boolean _ = answered.await(ANSWER_SECONDS, TimeUnit.SECONDS);
            if (frozen != null) {
                boolean _ = thaw();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        terminal.flush();
    }

    /** Whether they were frozen until now. Once the lease is over, what is frozen may be somebody else's and is left alone. */
    private synchronized boolean thaw() throws InterruptedException {
        if (thawed) {
            return true;
        }
        thawed = true;
        if (System.nanoTime() - begun >= lease.toNanos()) {
            sayTooLate();
            return false;
        }
        try {
            FileSystemFreeze done =
                    new Retries(context).run(() -> client.guest(vmid).thawFileSystems());
            boolean wasFrozen = done.fileSystems() != null && done.fileSystems() > 0;
            if (!wasFrozen) {
                sayTooLate();
            }
            return wasFrozen;
        } catch (BellhopClientException e) {
            FileSystemFreeze until = frozen;
            terminal.say(ErrorMessages.of(e) + "\nThe file systems of VM " + vmid + " are thawed by themselves at "
                    + (until == null ? "the end of the lease" : until.expiresAt()) + " at the latest");
            return false;
        }
    }

    private void sayTooLate() {
        terminal.say("The file systems of VM " + vmid
                + " were thawed before the command had ended, so what it has made may not"
                + " be consistent; give it more --seconds");
    }
}
