// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.execution;

import dev.bellhop.api.v2.execution.ExecutionView;
import dev.bellhop.cli.command.ShutdownNotice;
import dev.bellhop.cli.terminal.Terminal;
import org.jspecify.annotations.Nullable;

/**
 * What to say when SIGTERM or a second Ctrl-C ends the waiting: what becomes of the command, as far as is known, and how
 * to follow it. Thread safe.
 */
final class DetachNotice implements AutoCloseable {

    private final String serverOptions;
    private final long vmid;
    private final ShutdownNotice notice;
    private volatile @Nullable ExecutionView latest;
    private volatile @Nullable CancelRequest cancelRequest;

    /** @param serverOptions the options that another command needs to reach the same server */
    DetachNotice(Terminal terminal, String serverOptions, long vmid) {
        this.serverOptions = serverOptions;
        this.vmid = vmid;
        this.notice = new ShutdownNotice(
                terminal,
                () -> (isWaiting() ? "Stopped waiting; " : "Stopped before the server answered; ") + outlook() + ".\n"
                        + howToFollow());
    }

    /** From now on the notice also says whether the command is cancelled. */
    void include(CancelRequest newCancelRequest) {
        cancelRequest = newCancelRequest;
    }

    /** The execution as it now is. */
    void update(ExecutionView execution) {
        latest = execution;
    }

    /** Whether there is an execution to wait for. */
    boolean isWaiting() {
        return latest != null;
    }

    /** A command line for whoever still wants to know of the command. */
    String howToFollow() {
        ExecutionView execution = latest;
        return execution == null
                ? "Look for it with: bellhop ps" + serverOptions + " --all " + vmid
                : "Follow it with: bellhop logs -f" + serverOptions + " " + execution.id();
    }

    /** What becomes of the command when nobody waits for it here: the end of a sentence. */
    String outlook() {
        ExecutionView execution = latest;
        CancelRequest.Status cancel = cancelRequest == null ? CancelRequest.Status.NONE : cancelRequest.status();
        if (execution == null) {
            return "whether the command was started cannot be told"
                    + (cancel == CancelRequest.Status.NONE ? "" : ", and it is not cancelled");
        }
        String command = "the command in VM " + vmid;
        return switch (cancel) {
            case ACCEPTED -> command + " is being cancelled, and killed where it does not end by itself";
            case PENDING -> "the server was asked to cancel " + command + ", and has not said yet that it does";
            case TOO_LATE -> command + " has ended";
            case NONE -> command + verb(execution);
            case REFUSED -> "it could not be cancelled, and " + command + verb(execution);
        };
    }

    private static String verb(ExecutionView execution) {
        if (execution.awaitsApproval()) {
            return " awaited approval when it was last heard of";
        }
        return switch (execution.state()) {
            case "pending" -> " waited for its start when it was last heard of";
            case "running" -> " runs on";
            default -> " has ended";
        };
    }

    @Override
    public void close() {
        notice.close();
    }
}
