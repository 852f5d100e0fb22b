// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.vm;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Work on a VM itself, as it stands; v1 calls it a job.
 *
 * @param id its own name
 * @param vmid the VM
 * @param action {@code start}, {@code shutdown}, {@code stop}, {@code restart} or {@code reset}
 * @param force whether a guest that does not switch itself off is switched off; absent where the guest is not asked
 * @param graceSeconds how long the guest has to switch itself off; absent where it is not asked
 * @param state {@code waiting}, {@code running}, {@code completed} or {@code failed}
 * @param progress in percent
 * @param progressMessage for a person
 * @param reason why it failed, for a person; present exactly where it did
 * @param steps those it has come to, in their order
 * @param createdAt when it was asked for
 * @param finishedAt when it ended; absent until then
 * @param keyId the key it was asked for with
 * @param pollUrl where to ask how it stands
 */
public record OperationView(
        String id,
        long vmid,
        String action,
        @Nullable Boolean force,
        @Nullable Long graceSeconds,
        String state,
        int progress,
        String progressMessage,
        @Nullable String reason,
        List<OperationStep> steps,
        Instant createdAt,
        @Nullable Instant finishedAt,
        String keyId,
        String pollUrl) {

    public OperationView {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(action, "action");
        Objects.requireNonNull(state, "state");
        Objects.requireNonNull(progressMessage, "progressMessage");
        steps = List.copyOf(Objects.requireNonNull(steps, "steps"));
        Objects.requireNonNull(createdAt, "createdAt");
        Objects.requireNonNull(keyId, "keyId");
        Objects.requireNonNull(pollUrl, "pollUrl");
    }

    /** Whether nothing more becomes of it. */
    @JsonIgnore
    public boolean ended() {
        return state.equals("completed") || state.equals("failed");
    }
}
