// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.login;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.sshkey.PublicKey;
import dev.bellhop.server.vm.VmId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Changes who may log in to the guests of VMs, which may be on another node. It knows no callers: ask first whether the caller sees the
 * VM. Users are names as {@link dev.bellhop.server.execution.GuestText#isUser} has them.
 *
 * <p>All throw {@code NOT_FOUND} where there is no such VM, and as {@link dev.bellhop.server.guest.AgentCalls#change}. Thread safe.
 */
public interface Logins {
    /**
     * Sets the password of a user.
     *
     * @throws BellhopException {@code GUEST_REFUSED} where the guest has no such user, or does not take the password
     */
    void setPassword(VmId vm, String user, NewPassword password);

    /**
     * The keys that the guest accepts for a user.
     *
     * @throws BellhopException {@code GUEST_REFUSED} where the guest has no such user, or the user's file cannot be read
     */
    AuthorizedKeys keys(VmId vm, String user);

    /**
     * Adds a key, and reads it back. A key that is there already is not added twice; when it expires may be another than before.
     *
     * @param expiresAt in whole seconds; absent for never
     * @throws BellhopException {@code GUEST_REFUSED} as {@link #keys}; {@code NOT_SUPPORTED} where the guest's OpenSSH heeds no expiry
     */
    AuthorizedKey addKey(VmId vm, String user, PublicKey key, @Nullable Instant expiresAt);

    /** Removes a key, and looks whether it is gone; false where there was none of this fingerprint. Throws as {@link #keys}. */
    boolean removeKey(VmId vm, String user, String fingerprint);
}
