// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.api.v2.ExecutionApproval;
import dev.bellhop.api.v2.ExecutionOutput;
import dev.bellhop.api.v2.ExecutionView;
import dev.bellhop.server.access.Account;
import dev.bellhop.server.access.Accounts;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.access.Keys;
import dev.bellhop.server.execution.Approval;
import dev.bellhop.server.execution.ApprovalDigest;
import dev.bellhop.server.execution.CommandLine;
import dev.bellhop.server.execution.Delivery;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionMode;
import dev.bellhop.server.execution.ExecutionSnapshot;
import dev.bellhop.server.execution.ExecutionSpec;
import dev.bellhop.server.execution.Executions;
import dev.bellhop.server.execution.ExitStatus;
import dev.bellhop.server.execution.OutputSize;
import dev.bellhop.server.execution.Reason;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** Shows executions as v2 has them. What is not known yet is left out. */
final class ExecutionViews {
    private final Executions executions;
    private final Keys keys;
    private final Accounts accounts;

    ExecutionViews(Executions executions, Keys keys, Accounts accounts) {
        this.executions = executions;
        this.keys = keys;
        this.accounts = accounts;
    }

    /**
     * One without its output, for a caller that may run commands. It has the beginning of a long command, unless all of it is there, or
     * somebody is to approve it.
     */
    ExecutionView view(Execution execution) {
        if (!execution.awaitsApproval()) {
            return listed(execution);
        }
        Execution whole = executions.whole(execution);
        return view(
                whole,
                whole.spec().command(),
                null,
                executions.approvals().asked(whole.id()).orElse(null));
    }

    /** One of many, for such a caller: without what else it is to be started with, which may be megabytes. */
    ExecutionView listed(Execution execution) {
        return view(execution, execution.spec().command(), null, null);
    }

    /** One for a caller that may only look: commands can hold secrets, as output can. */
    ExecutionView withoutCommand(Execution execution) {
        return view(execution, null, null, null);
    }

    /** One with its output, where it has ended and that is small. */
    ExecutionView withOutput(ExecutionSnapshot snapshot, ShownOutput shown) {
        byte[] stdout = snapshot.stdout();
        byte[] stderr = snapshot.stderr();
        Execution execution = snapshot.execution();
        if (stdout == null
                || stderr == null
                || execution.startedAt() == null
                || !execution.state().isFinal()) {
            return view(execution);
        }
        return view(
                execution,
                execution.spec().command(),
                output(shown.whole(execution, stdout), shown.whole(execution, stderr)),
                null);
    }

    private static ExecutionOutput output(byte[] stdout, byte[] stderr) {
        String out = Utf8.text(stdout, stdout.length);
        String err = Utf8.text(stderr, stderr.length);
        if (out != null && err != null) {
            return new ExecutionOutput(ExecutionOutput.UTF_8, out, err);
        }
        Base64.Encoder base64 = Base64.getEncoder();
        return new ExecutionOutput(
                ExecutionOutput.BASE64, base64.encodeToString(stdout), base64.encodeToString(stderr));
    }

    private ExecutionView view(
            Execution execution,
            @Nullable CommandLine command,
            @Nullable ExecutionOutput output,
            @Nullable Delivery asked) {
        ExecutionSpec spec = execution.spec();
        if (command != null && !command.isReadable()) {
            return view(execution, null, output, asked);
        }
        CommandLine shown = command instanceof CommandLine.Truncated(CommandLine begin) ? begin : command;
        CommandLine.Script script = shown instanceof CommandLine.Script text ? text : null;
        CommandLine.Argv argv = shown instanceof CommandLine.Argv words ? words : null;
        ExecutionMode mode = execution.mode();
        ExitStatus exit = execution.exit();
        Reason reason = execution.reason();
        Duration timeout = spec.timeout();
        OutputSize size = execution.startedAt() == null ? null : execution.output();
        return new ExecutionView(
                execution.id().toString(),
                execution.vm().value(),
                execution.state().wireName(),
                mode == null ? null : mode.wireName(),
                script == null ? null : script.text(),
                script == null ? null : script.shell(),
                argv == null ? null : argv.argv(),
                command instanceof CommandLine.Truncated ? true : null,
                command == null ? null : secretNames(spec),
                execution.pid(),
                exit == null ? null : exit.code(),
                exit == null ? null : exit.signal(),
                reason == null ? null : reason.wireName(),
                execution.createdAt(),
                execution.startedAt(),
                execution.finishedAt(),
                timeout == null ? null : timeout.toSeconds(),
                queuePlace(execution),
                approval(execution, command != null, asked),
                size == null ? null : size.stdoutBytes(),
                size == null ? null : size.stderrBytes(),
                size == null ? null : size.truncated(),
                size == null ? null : size.stdoutWritten(),
                size == null ? null : size.stderrWritten(),
                spec.keyId(),
                spec.account(),
                spec.labels().isEmpty() ? null : spec.labels(),
                spec.saved() == null ? null : spec.saved().name(),
                spec.saved() == null ? null : spec.saved().version(),
                output);
    }

    /**
     * Its approval.
     *
     * @param mayRun whether the caller may run commands, and see what others run
     * @param asked what it would be started with; absent where that is not to be shown
     */
    private @Nullable ExecutionApproval approval(Execution execution, boolean mayRun, @Nullable Delivery asked) {
        Approval approval = execution.approval();
        if (approval == null) {
            return null;
        }
        boolean namesAsker = mayRun && execution.awaitsApproval();
        String account = execution.spec().account();
        Delivery shown = asked == null ? Delivery.PLAIN : asked;
        byte[] input = shown.input();
        String text = input == null ? null : Utf8.text(input, input.length);
        String digest = asked == null ? approval.digest() : ApprovalDigest.of(execution, asked);
        return new ExecutionApproval(
                approval.expiresAt(),
                approval.givenAt(),
                approval.givenBy(),
                mayRun ? digest : null,
                namesAsker ? keys.find(execution.spec().keyId()).map(Key::name).orElse(null) : null,
                namesAsker && account != null
                        ? accounts.find(account).map(Account::name).orElse(null)
                        : null,
                shown.user(),
                shown.directory(),
                shown.environment().isEmpty() ? null : shown.environment(),
                text,
                input == null || text != null ? null : Base64.getEncoder().encodeToString(input),
                shown.parameters().isEmpty() ? null : shown.parameters(),
                shown.salt());
    }

    /** Of the values nobody is ever shown any. */
    private static @Nullable List<String> secretNames(ExecutionSpec spec) {
        return spec.secretEnv().isEmpty()
                ? null
                : spec.secretEnv().keySet().stream().sorted().toList();
    }

    /** Of the operator's alone: it counts what others have waiting in the VM, which an account is not to see. */
    private @Nullable Integer queuePlace(Execution execution) {
        if (execution.spec().account() != null || execution.state().isFinal() || execution.startedAt() != null) {
            return null;
        }
        OptionalInt place = executions.queuePlace(execution.id());
        return place.isPresent() ? place.getAsInt() : null;
    }
}
