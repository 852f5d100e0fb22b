// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.sftp;

import dev.bellhop.server.service.Caller;
import dev.bellhop.server.vm.VmId;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The login of a session.
 *
 * @param caller makes the caller of one request
 * @param turn counts one more request, and waits if there are too many
 * @param stillGood whether the login would still be accepted now; called before each request
 * @param vm the VM with the files; each request also checks that the caller sees it
 * @param guestUser the requested user in the guest; absent for the default
 */
public record SftpLogin(
        Supplier<Caller> caller,
        Runnable turn,
        BooleanSupplier stillGood,
        VmId vm,
        @Nullable String guestUser) {
    Caller nextCaller() {
        turn.run();
        requireStillGood();
        return caller.get();
    }

    void requireStillGood() {
        if (!stillGood.getAsBoolean()) {
            throw Caller.noLongerAccepted();
        }
    }

    /** Checks if the login requests another guest user than root, as which the agent does everything. */
    boolean isSomebodyElse() {
        return guestUser != null && !guestUser.equals("root");
    }
}
