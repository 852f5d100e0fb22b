// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.execution;

import java.time.Instant;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The approval that an execution needs before it is started. While it waits for that, also what else it would be started with
 * beside its command: who approves has to see all of it.
 *
 * @param expiresAt until when it can be approved; then it is rejected
 * @param approvedAt when it was approved; absent where it was not
 * @param approvedBy id of the key that approved it; present where it was
 * @param digest of all that it is to be approved for, or was; see {@link dev.bellhop.api.approval.ApprovalRequest}
 * @param keyName the name of the key that asks; absent once it does not wait any more
 * @param accountName the name of that key's account; absent likewise, and where it is the operator's
 * @param user who would run it in the guest; absent for the agent's own user, and once it does not wait any more
 * @param cwd where it would run; absent for where the agent runs, and once it does not wait any more
 * @param env the variables that it would have on top of the guest's own; absent likewise
 * @param stdin what would stand on its stdin, where that is text; absent likewise
 * @param stdinBase64 the same for bytes that are no text
 * @param parameters the values of the saved command's parameters; absent likewise
 * @param salt goes into the digest; absent likewise
 */
public record ExecutionApproval(
        Instant expiresAt,
        @Nullable Instant approvedAt,
        @Nullable String approvedBy,
        @Nullable String digest,
        @Nullable String keyName,
        @Nullable String accountName,
        @Nullable String user,
        @Nullable String cwd,
        @Nullable Map<String, String> env,
        @Nullable String stdin,
        @Nullable String stdinBase64,
        @Nullable Map<String, String> parameters,
        @Nullable String salt) {

    public ExecutionApproval {
        Objects.requireNonNull(expiresAt, "expiresAt");
        env = sorted(env);
        parameters = sorted(parameters);
    }

    private static @Nullable Map<String, String> sorted(@Nullable Map<String, String> names) {
        return names == null ? null : Collections.unmodifiableMap(new TreeMap<>(names));
    }

    @Override
    public String toString() {
        return "ExecutionApproval[expiresAt=" + expiresAt + ", approvedAt=" + approvedAt + ", approvedBy=" + approvedBy
                + ", digest=" + digest
                + ", env=" + (env == null ? "none" : env.size() + " variables") + ", stdin=" + Redacted.text(stdin)
                + "]";
    }
}
