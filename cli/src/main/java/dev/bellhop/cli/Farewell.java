// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import org.jspecify.annotations.Nullable;

/**
 * What is said when SIGTERM or a second Ctrl-C ends the waiting: the command in the guest runs on, and whoever started it
 * wants to know how to get at it. A shutdown hook, so that every signal leads here.
 */
final class Farewell implements AutoCloseable {

    private final Terminal terminal;
    private final String serverOptions;
    private final long vmid;
    private final Thread hook = new Thread(this::say, "farewell");
    private volatile @Nullable String id;
    private volatile boolean over;

    Farewell(Terminal terminal, String serverOptions, long vmid) {
        this.terminal = terminal;
        this.serverOptions = serverOptions;
        this.vmid = vmid;
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** The server has answered, and this is the execution. */
    void waitingFor(String newId) {
        id = newId;
    }

    /** Whether there is an execution to wait for. */
    boolean isWaiting() {
        return id != null;
    }

    /** A line for whoever still wants to know of the command. */
    String howToFollow() {
        return id == null
                ? "Look for it with: bellhop ps" + serverOptions + " --all " + vmid
                : "Follow it with: bellhop logs -f" + serverOptions + " " + id;
    }

    private void say() {
        if (!over) {
            String what = id == null
                    ? "Stopped before the server answered, so whether the command was started cannot be told.\n"
                    : "Stopped waiting; the command runs on in VM " + vmid + ".\n";
            terminal.say(what + howToFollow());
            terminal.flush();
        }
    }

    @Override
    public void close() {
        over = true;
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The JVM ends already, and the hook has nothing to say any more.
        }
    }
}
