// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.terminal;

import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A terminal, as it stands.
 *
 * @param user who it is in the guest
 * @param state {@code open} or {@code ended}
 * @param cols how wide it is
 * @param rows how high
 * @param viewers how many look at it now
 * @param endedAt absent while it is open, like what follows
 * @param reason why it ended: {@code exited}, {@code hung_up}, {@code abandoned}, {@code idle}, {@code time_limit}, {@code not_allowed},
 *     {@code lost} or {@code shutting_down}
 * @param exitCode how its command ended; absent where that is not known, or it was by a signal
 * @param signal the number of the signal that ended it; absent where it was none
 * @param keyId the key that opened it
 * @param recorded whether what is printed is recorded
 * @param inputRecorded whether what is typed is recorded, too
 * @param transport {@code stream}, or {@code agent} for the guest agent's calls, which are slower; absent where it is not known
 * @param transportReason why it is not a stream, such as {@code no_monitor}; absent for a stream, and where it is not known
 * @param ticket lets whoever opened it in; in the answer to that alone
 */
public record TerminalView(
        String id,
        long vmid,
        String user,
        String state,
        int cols,
        int rows,
        int viewers,
        Instant openedAt,
        @Nullable Instant endedAt,
        @Nullable String reason,
        @Nullable Integer exitCode,
        @Nullable Integer signal,
        String keyId,
        boolean recorded,
        boolean inputRecorded,
        @Nullable String transport,
        @Nullable String transportReason,
        @Nullable TerminalTicket ticket) {

    public TerminalView {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(user, "user");
        Objects.requireNonNull(state, "state");
        Objects.requireNonNull(openedAt, "openedAt");
        Objects.requireNonNull(keyId, "keyId");
    }
}
