// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v1;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How a job stands; the answer of {@code GET /api/jobs/{jobId}}.
 *
 * @param success true when the request worked, whatever became of the job
 * @param jobId the job
 * @param type what is done to the VM: {@code start}, {@code shutdown}, {@code stop}, {@code restart} or {@code reset}
 * @param vmId the VM
 * @param state {@code waiting}, {@code running}, {@code completed} or {@code failed}
 * @param status the same
 * @param progress in percent
 * @param progressMessage for a person
 * @param isCompleted whether it has ended and did what it was to do
 * @param isFailed whether it has ended and did not
 * @param isRunning whether it is under way
 * @param isWaiting whether nothing has been done yet
 * @param createdAt when it was asked for
 * @param finishedAt when it ended; absent until then
 * @param result what came of it, for a person; absent until it has ended
 */
public record JobStatus(
        boolean success,
        String jobId,
        String type,
        long vmId,
        String state,
        String status,
        int progress,
        String progressMessage,
        @JsonProperty("isCompleted") boolean isCompleted,
        @JsonProperty("isFailed") boolean isFailed,
        @JsonProperty("isRunning") boolean isRunning,
        @JsonProperty("isWaiting") boolean isWaiting,
        Instant createdAt,
        @Nullable Instant finishedAt,
        @Nullable String result) {

    public JobStatus {
        Objects.requireNonNull(jobId, "jobId");
        Objects.requireNonNull(type, "type");
        Objects.requireNonNull(state, "state");
        Objects.requireNonNull(status, "status");
        Objects.requireNonNull(progressMessage, "progressMessage");
        Objects.requireNonNull(createdAt, "createdAt");
    }
}
