// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.guest;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The body of {@code POST /api/v2/vps/{vmid}/actions/set-password}.
 *
 * @param user a user of the guest
 * @param password the new password, 1 to 256 characters, or what crypt(3) made of it
 * @param crypted whether it is what crypt(3) made of it; absent for no
 */
public record SetPassword(
        String user, String password, @Nullable Boolean crypted) {

    public SetPassword {
        Objects.requireNonNull(user, "user");
        Objects.requireNonNull(password, "password");
    }

    /** Without the password. */
    @Override
    public String toString() {
        return "SetPassword[user=" + user + ", crypted=" + crypted + "]";
    }
}
