// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.filesystem;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.BellhopClientException;
import dev.bellhop.api.v2.vm.FileSystemFreeze;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ErrorMessages;
import dev.bellhop.cli.command.ExitCodes;
import dev.bellhop.cli.command.Retries;
import dev.bellhop.cli.terminal.Terminal;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Runs a command of this machine while the file systems of a guest are frozen, and thaws them whatever becomes of it: its end,
 * a failure to start it, or a signal that ends this process. For one use.
 */
final class FrozenCommand {
    /** For the command to end after it was told to. */
    private static final long STOP_SECONDS = 5;

    private final CliContext context;
    private final Terminal terminal;
    private final BellhopClient client;
    private final long vmid;
    private final FileSystemFreeze frozen;

    /** Set once it runs. */
    private volatile @Nullable Process process;

    private boolean thawed;

    /** @param frozen what was answered to the freeze */
    FrozenCommand(CliContext context, BellhopClient client, long vmid, FileSystemFreeze frozen) {
        this.context = context;
        this.terminal = context.terminal();
        this.client = client;
        this.vmid = vmid;
        this.frozen = frozen;
    }

    /** Returns its exit code, or {@link ExitCodes#TIMED_OUT} where it was not frozen until its end. */
    int run(List<String> command) throws InterruptedException {
        Thread onSignal = new Thread(this::stopAndThaw, "thaw");
        Runtime.getRuntime().addShutdownHook(onSignal);
        int exitCode = ExitCodes.FAILED;
        boolean wasFrozen = false;
        try {
            process = new ProcessBuilder(command).inheritIO().start();
            exitCode = process.waitFor();
        } catch (IOException e) {
            terminal.say("Cannot run " + command.getFirst() + " on this machine; look whether it is there");
        } finally {
            wasFrozen = thaw();
            release(onSignal);
        }
        return exitCode == ExitCodes.OK && !wasFrozen ? ExitCodes.TIMED_OUT : exitCode;
    }

    private static void release(Thread onSignal) {
        try {
            Runtime.getRuntime().removeShutdownHook(onSignal);
        } catch (IllegalStateException e) {
            // The process is ending already, and the hook finds that all is thawed.
        }
    }

    private void stopAndThaw() {
        Process running = process;
        try {
            if (running != null) {
                running.destroy();
                boolean _ = running.waitFor(STOP_SECONDS, TimeUnit.SECONDS);
            }
            boolean _ = thaw();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        terminal.flush();
    }

    /** Whether they were frozen until now. */
    private synchronized boolean thaw() throws InterruptedException {
        if (thawed) {
            return true;
        }
        thawed = true;
        try {
            FileSystemFreeze done = new Retries(context).run(() -> client.thawFileSystems(vmid));
            boolean wasFrozen = done.fileSystems() != null && done.fileSystems() > 0;
            if (!wasFrozen) {
                terminal.say("The file systems of VM " + vmid + " were thawed before the command had ended, so what it"
                        + " has made may not be consistent; give it more --seconds");
            }
            return wasFrozen;
        } catch (BellhopClientException e) {
            terminal.say(ErrorMessages.of(e) + "\nThe file systems of VM " + vmid + " are thawed by themselves at "
                    + frozen.expiresAt() + " at the latest");
            return false;
        }
    }
}
