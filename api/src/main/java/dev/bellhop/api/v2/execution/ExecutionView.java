// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.execution;

import dev.bellhop.api.approval.ApprovalRequest;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One command in one VM, as it stands or as it ended.
 *
 * @param id the execution's own id
 * @param vmid the VM that it runs in
 * @param vmName what people call that VM now, in any characters; absent where its hypervisor knows no name
 * @param state {@code pending}, {@code running}, {@code exited}, {@code timed_out}, {@code cancelled}, {@code lost} or
 *     {@code rejected}
 * @param mode {@code supervised} or {@code direct}; absent until it has started
 * @param command text for a shell; kept out of {@link #toString}
 * @param shell the shell that was asked for
 * @param argv program and arguments, where it was asked for so; kept out of {@link #toString}
 * @param commandTruncated true where command or argv is the beginning of a longer one, which the answer for this execution alone
 *     has; absent where it is whole
 * @param secretEnv the names of its secret variables, sorted; absent where it has none
 * @param pid what the guest calls it; absent until it has started
 * @param exitCode exit code, 128 + signal where a signal ended it; absent until it is known
 * @param signal number of the signal that ended it, absent when none did
 * @param reason why it was rejected or lost
 * @param createdAt when it was stored
 * @param startedAt when the guest gave the pid
 * @param finishedAt when its end was seen
 * @param timeoutSeconds after which it is ended; absent for no limit
 * @param queuePlace its place in a queue, 1 for the next; absent where it waits in none, or was started under an account
 * @param approval what it needs before it is started; absent where it needs none
 * @param stdoutBytes bytes of stdout that can be read; absent until it has started
 * @param stderrBytes bytes of stderr that can be read; absent until it has started
 * @param truncated whether the command wrote more than is kept; absent until it has started
 * @param stdoutWritten how many bytes it wrote to stdout, where that is more than is kept and known
 * @param stderrWritten likewise of stderr
 * @param keyId id of the key that it was asked for with
 * @param account the id of the account that it was started under; absent where it is the operator's
 * @param labels the caller's own names and values, sorted by name; absent where there are none
 * @param savedCommand the name of the saved command that was run; absent where it was none
 * @param savedCommandVersion which version of it
 * @param output all of its output, where that was asked for, is small and whole
 */
public record ExecutionView(
        String id,
        long vmid,
        @Nullable String vmName,
        String state,
        @Nullable String mode,
        @Nullable String command,
        @Nullable String shell,
        @Nullable List<String> argv,
        @Nullable Boolean commandTruncated,
        @Nullable List<String> secretEnv,
        @Nullable Long pid,
        @Nullable Integer exitCode,
        @Nullable Integer signal,
        @Nullable String reason,
        Instant createdAt,
        @Nullable Instant startedAt,
        @Nullable Instant finishedAt,
        @Nullable Long timeoutSeconds,
        @Nullable Integer queuePlace,
        @Nullable ExecutionApproval approval,
        @Nullable Long stdoutBytes,
        @Nullable Long stderrBytes,
        @Nullable Boolean truncated,
        @Nullable Long stdoutWritten,
        @Nullable Long stderrWritten,
        String keyId,
        @Nullable String account,
        @Nullable Map<String, String> labels,
        @Nullable String savedCommand,
        @Nullable Integer savedCommandVersion,
        @Nullable ExecutionOutput output) {

    /** The name of events in a stream that tell of a new state. */
    public static final String EVENT = "state";

    public ExecutionView {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(state, "state");
        argv = argv == null ? null : List.copyOf(argv);
        secretEnv = secretEnv == null ? null : List.copyOf(secretEnv);
        Objects.requireNonNull(createdAt, "createdAt");
        Objects.requireNonNull(keyId, "keyId");
        labels = labels == null ? null : Collections.unmodifiableMap(new TreeMap<>(labels));
    }

    /** Whether it waits for somebody to approve it. */
    public boolean awaitsApproval() {
        return state.equals("pending") && approval != null && approval.approvedAt() == null;
    }

    /**
     * All that approving it would be for, as it is shown here; empty where it does not show all of that, as in lists.
     *
     * @throws IllegalArgumentException where its stdin is not what it is to be
     */
    public Optional<ApprovalRequest> approvalRequest() {
        if (approval == null || approval.digest() == null || approval.approvedAt() != null) {
            return Optional.empty();
        }
        byte[] stdin = approval.stdin() != null
                ? approval.stdin().getBytes(StandardCharsets.UTF_8)
                : approval.stdinBase64() == null ? null : Base64.getDecoder().decode(approval.stdinBase64());
        return Optional.of(new ApprovalRequest(
                id,
                vmid,
                keyId,
                account,
                command,
                shell,
                argv,
                approval.user(),
                approval.cwd(),
                approval.env(),
                stdin,
                timeoutSeconds,
                savedCommand,
                savedCommandVersion,
                approval.parameters(),
                labels,
                approval.salt()));
    }

    /** Whether it has ended, in whatever way: its state changes no more. */
    public boolean ended() {
        return !state.equals("pending") && !state.equals("running");
    }

    @Override
    public String toString() {
        return "ExecutionView[id=" + id + ", vmid=" + vmid + ", state=" + state + ", mode=" + mode + ", command="
                + Redacted.text(command) + ", argv=" + Redacted.list(argv) + ", pid=" + pid + ", exitCode=" + exitCode
                + ", signal=" + signal + ", reason=" + reason + ", createdAt=" + createdAt + ", startedAt=" + startedAt
                + ", finishedAt=" + finishedAt + ", output=" + output + "]";
    }
}
