// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.login;

import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.server.sshkey.PublicKey;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A way to change the keys that a guest accepts for one user. For one thread. */
interface UserKeys {
    AuthorizedKeys list(Deadline deadline) throws AgentException;

    /** Adds a key, or changes its expiry; returns once it was read back. */
    AuthorizedKey add(PublicKey key, @Nullable Instant expiresAt, Deadline deadline) throws AgentException;

    /** Removes a key; returns false if there is none with this fingerprint. Reads the file back before it returns. */
    boolean remove(String fingerprint, Deadline deadline) throws AgentException;
}
