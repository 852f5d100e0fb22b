// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.login;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A key that a guest accepts for a user.
 *
 * @param fingerprint as {@code ssh-keygen -l} prints it
 * @param type such as ssh-ed25519
 * @param comment printable characters, at most 200; absent where there is none
 * @param expiresAt from when on the guest's sshd does not accept it any more; absent for never
 */
public record AuthorizedKey(
        String fingerprint,
        String type,
        @Nullable String comment,
        @Nullable Instant expiresAt) {}
