// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.terminal;

import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What is known of the recording of a terminal.
 *
 * @param id that of the terminal
 * @param keyId the key that opened the terminal
 * @param endedAt absent while the terminal is open, like {@code complete} and {@code sha256}
 * @param bytes how long it is so far, as asciicast
 * @param input whether what was typed is in it
 * @param complete whether nothing is missing in it
 * @param sha256 of all of it as it was recorded, in 64 hexadecimal digits: the same is in the audit trail
 */
public record RecordingView(
        String id,
        long vmid,
        String keyId,
        Instant startedAt,
        @Nullable Instant endedAt,
        long bytes,
        boolean input,
        @Nullable Boolean complete,
        @Nullable String sha256) {

    public RecordingView {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(keyId, "keyId");
        Objects.requireNonNull(startedAt, "startedAt");
    }
}
