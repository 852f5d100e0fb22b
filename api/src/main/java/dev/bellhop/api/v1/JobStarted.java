// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v1;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Objects;

/**
 * A job that has begun; the answer of {@code POST /api/vm/{vmid}/status}.
 *
 * @param success true when the request worked
 * @param action as it was asked for
 * @param jobId what to ask {@code GET /api/jobs/{jobId}} for
 * @param message for a person
 * @param estimatedTime seconds that it may take at most, about
 */
public record JobStarted(
        boolean success,
        String action,
        String jobId,
        String message,
        @JsonProperty("estimated_time") long estimatedTime) {

    public JobStarted {
        Objects.requireNonNull(action, "action");
        Objects.requireNonNull(jobId, "jobId");
        Objects.requireNonNull(message, "message");
    }
}
