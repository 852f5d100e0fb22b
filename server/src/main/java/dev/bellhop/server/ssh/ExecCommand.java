// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import dev.bellhop.api.v2.execution.CreateExecution;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExitStatus;
import dev.bellhop.server.execution.LoginSession;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.policy.Decision;
import dev.bellhop.server.service.AuditNote;
import dev.bellhop.server.service.ExecutionFollow;
import dev.bellhop.server.service.ExecutionStarts;
import dev.bellhop.server.service.Permit;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.ssh.login.LoginCertificate;
import dev.bellhop.server.ssh.login.SshLogin;
import java.io.IOException;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A command without a terminal: an execution whose output the client follows and whose stdin it sends, with the start
 * if all of it arrives immediately. The execution is cancelled if the client disconnects before its end.
 */
final class ExecCommand extends ChannelCommand {
    private static final Logger log = LoggerFactory.getLogger(ExecCommand.class);
    /** The time within which the command notices that its client has gone. */
    private static final Duration SLICE = Duration.ofMillis(500);

    private static final Duration CANCEL_GRACE = Duration.ofSeconds(10);

    /** The label that finds executions of this door: {@code bellhop ps --label door=ssh}. */
    private static final Map.Entry<String, String> LABEL = Map.entry("door", "ssh");

    /** The label of executions that were started with a certificate login; its value is the certificate's id. */
    private static final String CERTIFICATE = "certificate";

    private final SshServices services;
    private final SshLogin login;
    private final byte[] command;
    private final LoginSession session;

    /** Absent until the execution is stored, and if it is certain not to run. */
    private volatile ExecutionStarts.@Nullable Begun begun;

    /** The bytes reserved for the early stdin. */
    private long taken;

    private final PassedOutput output = new PassedOutput(this);
    private boolean toldOfApproval;

    /** @param startsShell whether the command is the login shell itself, because the client has named no command */
    ExecCommand(SshServices services, SshLogin login, GuestChannel channel, byte[] command, boolean startsShell) {
        super(channel);
        this.services = services;
        this.login = login;
        this.command = command;
        this.session = channel.session(startsShell);
    }

    @Override
    End run() throws IOException, InterruptedException {
        services.gatekeeper().requested(login.key());
        Execution started = begin();
        if (SshCopyId.isSender(command)) {
            tell(SshCopyId.hint(login.key()));
        }
        if (isOver()) {
            cancel();
            return new End.Unseen();
        }
        if (!started.awaitsApproval()
                && ConnectionCommands.of(channel().getSession()).begin(System.nanoTime())) {
            services.streams().openSoon(login.vm());
        }
        channel().onSignal(name -> aside(() -> signal(started.id(), name)));
        return follow(started.id());
    }

    /**
     * Stores and starts the execution. When it returns, only early stdin that is still being sent to the guest stays in
     * memory.
     */
    private Execution begin() throws IOException, InterruptedException {
        boolean isSent = true;
        try {
            Wanted wanted = wanted();
            Execution started = start(wanted);
            byte[] early = wanted.early();
            if (early != null && !isOver()) {
                isSent = false;
                new ExecInput(
                                services,
                                login,
                                started.id(),
                                this,
                                early,
                                this::giveBackTaken,
                                why -> inputFailed(started.id(), why))
                        .start();
            }
            return started;
        } finally {
            if (isSent) {
                giveBackTaken();
            }
        }
    }

    private boolean take(long bytes) {
        boolean isThere = channel().memory().take(bytes);
        taken += isThere ? bytes : 0;
        return isThere;
    }

    private void giveBackTaken() {
        channel().memory().giveBack(taken);
        taken = 0;
    }

    /**
     * The execution to start.
     *
     * @param early the start of a stdin that continues; absent if stdin does not continue
     * @param isCut whether stdin continues because there was no memory for all of it
     */
    @SuppressWarnings("ArrayRecordComponent") // On its way.
    private record Wanted(CreateExecution request, byte @Nullable [] early, boolean isCut) {}

    /** Includes stdin, unless the command needs approval: approvers could not see the stdin. */
    private Wanted wanted() throws IOException, InterruptedException {
        WantedCommand asked = WantedCommand.of(services, login, channel(), command, session);
        CreateExecution.Builder wanted = asked.request().labels(labels());
        if (asked.decision() instanceof Decision.NeedsApproval) {
            return new Wanted(wanted.build(), null, false);
        }
        EarlyInput input = EarlyInput.read(in(), channel()::isEofSignalled, this::take);
        if (!input.isWhole()) {
            return new Wanted(wanted.stdinFollows().build(), input.bytes(), input.isCut());
        }
        if (input.bytes().length > 0) {
            wanted.stdinBase64(Base64.getEncoder().encodeToString(input.bytes()));
        }
        return new Wanted(wanted.build(), null, false);
    }

    /** The key's own labels take precedence. */
    private Map<String, String> labels() {
        Map<String, String> labels = new HashMap<>(Map.ofEntries(LABEL));
        LoginCertificate certificate = login.terms().certificate();
        if (certificate != null) {
            labels.put(CERTIFICATE, certificate.id());
        }
        labels.keySet().removeAll(login.key().labels().keySet());
        return labels;
    }

    private Execution start(Wanted wanted) {
        try {
            return begun(wanted.request());
        } catch (BellhopException e) {
            BellhopException why = notStarted(e);
            throw wanted.isCut() && isForLiveInput(why) ? SshErrors.noMemory("run this with so much stdin") : why;
        }
    }

    /** Checks if the start failed because the guest accepts stdin only with the start. */
    private static boolean isForLiveInput(BellhopException failure) {
        return failure.faults().stream().anyMatch(fault -> fault.pointer().equals("/stdinFollows"));
    }

    private Execution begun(CreateExecution wanted) {
        return services.during(login, UseCase.EXECUTION_START, permit -> {
            try (ExecutionStarts.Begun stored = services.starts()
                    .begin(
                            services.vms().find(permit, login.vm()),
                            wanted,
                            session,
                            () -> null,
                            Duration.ZERO,
                            // Needs no turn: its memory was reserved before.
                            UnaryOperator.identity())) {
                begun = stored;
                return services.starts()
                        .await(stored, bytes -> true)
                        .execution()
                        .execution();
            }
        });
    }

    /**
     * Handles a failed start. An execution that may run all the same is cancelled by {@link #abandoned}, if its guest
     * can do that: no client would follow it or write to its stdin.
     */
    private BellhopException notStarted(BellhopException why) {
        ExecutionStarts.Begun stored = begun;
        if (stored == null || why.code() != ErrorCode.START_UNCONFIRMED) {
            begun = null;
            return why;
        }
        String fate = services.serving().getAsBoolean() ? "; Bellhop tries to cancel it" : "";
        return new BellhopException(
                why.code(), why.getMessage() + fate + "; 'bellhop logs " + stored.id() + "' shows what it did", why);
    }

    private End follow(ExecutionId execution) throws IOException, InterruptedException {
        AuditNote note = services.note(login, UseCase.EXECUTION_FOLLOW);
        boolean whole = false;
        try {
            ExecutionFollow follow = Permit.during(
                    note,
                    permit -> services.reads().follow(services.executions().find(permit, execution.toString()), false));
            note.streamBegins();
            End end;
            try (ExecutionFollow.Reader reader = follow.open()) {
                end = follow(follow, reader);
            }
            note.ended(null, null);
            whole = true;
            return end;
        } catch (BellhopException e) {
            note.ended(e.code(), null);
            whole = true;
            throw e;
        } finally {
            if (!whole) {
                note.brokeOff(null);
            }
        }
    }

    private End follow(ExecutionFollow follow, ExecutionFollow.Reader reader) throws IOException, InterruptedException {
        while (!isOver()) {
            try {
                End end = followOn(follow, reader);
                if (end != null) {
                    return end;
                }
            } catch (BellhopException e) {
                if (e.code() != ErrorCode.STORE_UNAVAILABLE) {
                    throw e;
                }
                // The command keeps running, and so does its client.
                pause(SLICE);
            }
        }
        return new End.Unseen();
    }

    /** Passes on the next output; absent while the command runs. */
    private @Nullable End followOn(ExecutionFollow follow, ExecutionFollow.Reader reader)
            throws IOException, InterruptedException {
        reader.awaitMore(SLICE);
        if (!follow.goesOn()) {
            return new End.Unseen();
        }
        Execution now = reader.now().orElse(null);
        if (now == null) {
            return new End.Failed("Cannot follow the command any more because it was deleted");
        }
        if (now.awaitsApproval() && !toldOfApproval) {
            toldOfApproval = true;
            tell("The command waits for approval, and gets no input; 'bellhop approve " + now.id() + "' approves it");
        }
        output.pass(now, reader);
        return now.state().isFinal() ? end(now) : null;
    }

    private End end(Execution execution) {
        return switch (execution.state()) {
            case EXITED -> whole(execution, exited(execution.exit()));
            case TIMED_OUT -> new End.Failed("The command was ended because it ran longer than it may");
            case CANCELLED -> new End.Failed("The command was cancelled");
            case REJECTED -> new End.Failed("The command was not run: " + reason(execution));
            case LOST -> new End.Failed("Cannot tell how the command ended: " + reason(execution));
            case PENDING, RUNNING -> throw new IllegalStateException("it has not ended");
        };
    }

    /** Fails an incomplete output, because a part of a file must not look like all of it. */
    private End whole(Execution execution, End end) {
        if (!output.isIncomplete(execution.output())) {
            return end;
        }
        String code = end instanceof End.Exited(int exited) ? "; the exit code would be " + exited : "";
        return new End.Failed("Some output is missing: not all that the command wrote could be passed on" + code);
    }

    private static End exited(@Nullable ExitStatus exit) {
        Integer signal = exit == null ? null : exit.signal();
        Integer code = exit == null ? null : exit.code();
        if (signal != null) {
            return new End.Killed(signal);
        }
        return code == null ? new End.Failed("The guest did not tell how the command ended") : new End.Exited(code);
    }

    private static String reason(Execution execution) {
        return execution.reason() == null ? "unknown" : execution.reason().wireName();
    }

    private void signal(ExecutionId execution, String name) {
        OptionalInt number = Signals.number(name);
        if (number.isEmpty()) {
            return;
        }
        try {
            services.during(
                    login,
                    UseCase.EXECUTION_SIGNAL,
                    permit -> services.control()
                            .signal(services.executions().find(permit, execution.toString()), number.getAsInt()));
        } catch (BellhopException e) {
            // It has ended, or has not started. SSH has no answer to a signal in any case.
            log.debug("Cannot signal execution {}: {}", execution, e.code());
        }
    }

    @Override
    void abandoned() {
        if (begun != null && services.serving().getAsBoolean()) {
            onThread("ssh-cancel", this::cancel);
        }
    }

    /** Explains why stdin cannot be sent, and cancels: the command would wait for it in vain. */
    private void inputFailed(ExecutionId execution, String why) {
        try {
            tell(why);
        } catch (IOException e) {
            // The client has gone.
            log.debug("Cannot tell why stdin of execution {} failed", execution);
        }
        cancel();
    }

    private void cancel() {
        ExecutionStarts.Begun stored = begun;
        if (stored == null || !services.serving().getAsBoolean()) {
            return;
        }
        try {
            services.during(login, UseCase.EXECUTION_CANCEL, permit -> {
                services.control().abandon(permit, stored, CANCEL_GRACE);
                return stored;
            });
        } catch (BellhopException e) {
            if (e.code() != ErrorCode.EXECUTION_ENDED) {
                log.warn("Cannot cancel execution {}, whose SSH client has gone: {}", stored.id(), e.getMessage());
            }
        }
    }
}
