// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.login;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A key that a guest accepts for a user.
 *
 * @param fingerprint in the format of {@code ssh-keygen -l}
 * @param type such as ssh-ed25519
 * @param comment printable characters, at most 200; absent if there is none
 * @param expiresAt when the guest's sshd stops accepting it; absent for never
 */
public record AuthorizedKey(
        String fingerprint,
        String type,
        @Nullable String comment,
        @Nullable Instant expiresAt) {}
