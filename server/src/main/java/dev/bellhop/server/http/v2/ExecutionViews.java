// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2;

import dev.bellhop.api.v2.execution.ExecutionApproval;
import dev.bellhop.api.v2.execution.ExecutionOutput;
import dev.bellhop.api.v2.execution.ExecutionView;
import dev.bellhop.server.execution.Approval;
import dev.bellhop.server.execution.CommandLine;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionMode;
import dev.bellhop.server.execution.ExecutionSpec;
import dev.bellhop.server.execution.ExitStatus;
import dev.bellhop.server.execution.OutputSize;
import dev.bellhop.server.execution.Reason;
import dev.bellhop.server.execution.StartOptions;
import dev.bellhop.server.http.body.Utf8;
import dev.bellhop.server.service.ShownExecution;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Executions as v2 shows them. Unknown values are omitted. */
final class ExecutionViews {
    private ExecutionViews() {}

    static ExecutionView view(ShownExecution shown) {
        Execution execution = shown.execution();
        ExecutionSpec spec = execution.spec();
        CommandLine command = shown.hasCommand() ? spec.command() : null;
        CommandLine text = command instanceof CommandLine.Truncated(CommandLine begin) ? begin : command;
        CommandLine.Script script = text instanceof CommandLine.Script one ? one : null;
        CommandLine.Argv argv = text instanceof CommandLine.Argv words ? words : null;
        ExecutionMode mode = execution.mode();
        ExitStatus exit = execution.exit();
        Reason reason = execution.reason();
        Duration timeout = spec.timeout();
        OutputSize size = execution.startedAt() == null ? null : execution.output();
        return new ExecutionView(
                execution.id().toString(),
                execution.vm().value(),
                shown.vmName() == null ? null : shown.vmName().text(),
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
                shown.queuePlace(),
                approval(execution, shown.approval()),
                size == null ? null : size.stdoutBytes(),
                size == null ? null : size.stderrBytes(),
                size == null ? null : size.truncated(),
                size == null ? null : size.stdoutWritten(),
                size == null ? null : size.stderrWritten(),
                spec.keyId(),
                spec.tenant().accountId(),
                spec.labels().isEmpty() ? null : spec.labels(),
                spec.saved() == null ? null : spec.saved().name(),
                spec.saved() == null ? null : spec.saved().version(),
                shown.output() == null
                        ? null
                        : output(shown.output().stdout(), shown.output().stderr()));
    }

    private static @Nullable ExecutionApproval approval(
            Execution execution, ShownExecution.@Nullable ShownApproval shown) {
        Approval approval = execution.approval();
        if (approval == null || shown == null) {
            return null;
        }
        StartOptions asked = shown.asked();
        byte[] stdin = asked.stdin();
        String text = stdin == null ? null : Utf8.text(stdin, stdin.length);
        return new ExecutionApproval(
                approval.expiresAt(),
                approval.givenAt(),
                approval.givenBy(),
                shown.digest(),
                shown.keyName(),
                shown.accountName(),
                asked.user(),
                asked.cwd(),
                asked.env().isEmpty() ? null : asked.env(),
                text,
                stdin == null || text != null ? null : Base64.getEncoder().encodeToString(stdin),
                asked.parameters().isEmpty() ? null : asked.parameters(),
                asked.salt());
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

    /** The values are never shown. */
    private static @Nullable List<String> secretNames(ExecutionSpec spec) {
        return spec.secretEnv().isEmpty()
                ? null
                : spec.secretEnv().keySet().stream().sorted().toList();
    }
}
