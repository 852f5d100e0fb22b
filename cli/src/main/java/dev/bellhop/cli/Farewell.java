// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import dev.bellhop.api.v2.ExecutionView;
import org.jspecify.annotations.Nullable;

/**
 * What is said when SIGTERM or a second Ctrl-C ends the waiting: what becomes of the command, as far as that is known, and how
 * to get at it. A shutdown hook, so that every signal leads here. Thread safe.
 */
final class Farewell implements AutoCloseable {

    private final Terminal terminal;
    private final String serverOptions;
    private final long vmid;
    private final Thread hook = new Thread(this::say, "farewell");
    private volatile @Nullable ExecutionView latest;
    private volatile @Nullable Canceller canceller;
    private volatile boolean over;

    Farewell(Terminal terminal, String serverOptions, long vmid) {
        this.terminal = terminal;
        this.serverOptions = serverOptions;
        this.vmid = vmid;
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** From now on it tells of this one, too, whether it is cancelled. */
    void mindful(Canceller newCanceller) {
        canceller = newCanceller;
    }

    /** The execution that is waited for, as it stands by now. */
    void waitingFor(ExecutionView execution) {
        latest = execution;
    }

    /** Whether there is an execution to wait for. */
    boolean isWaiting() {
        return latest != null;
    }

    /** A line for whoever still wants to know of the command. */
    String howToFollow() {
        ExecutionView execution = latest;
        return execution == null
                ? "Look for it with: bellhop ps" + serverOptions + " --all " + vmid
                : "Follow it with: bellhop logs -f" + serverOptions + " " + execution.id();
    }

    /** What becomes of the command now that nobody waits for it here: the end of a sentence. */
    String whatBecomesOfIt() {
        ExecutionView execution = latest;
        Canceller.Progress progress = canceller == null ? Canceller.Progress.NOT_WANTED : canceller.progress();
        if (execution == null) {
            return "whether the command was started cannot be told"
                    + (progress == Canceller.Progress.NOT_WANTED ? "" : ", and it is not cancelled");
        }
        String where = " in VM " + vmid;
        return switch (progress) {
            case TAKEN -> "the command" + where + " is being cancelled, and killed where it does not end by itself";
            case ASKED -> "the server was asked to cancel the command" + where + ", and has not said yet that it does";
            case ENDED -> "the command" + where + " has ended";
            case NOT_WANTED, REFUSED ->
                (progress == Canceller.Progress.REFUSED ? "it could not be cancelled, and " : "")
                        + "the command"
                        + where
                        + goesOn(execution);
        };
    }

    private static String goesOn(ExecutionView execution) {
        if (execution.awaitsApproval()) {
            return " awaited approval when it was last heard of";
        }
        return switch (execution.state()) {
            case "pending" -> " waited for its start when it was last heard of";
            case "running" -> " runs on";
            default -> " has ended";
        };
    }

    private void say() {
        if (!over) {
            terminal.say((latest == null ? "Stopped before the server answered; " : "Stopped waiting; ")
                    + whatBecomesOfIt() + ".\n" + howToFollow());
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
