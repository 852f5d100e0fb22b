// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.sftp;

import dev.bellhop.server.service.Caller;
import dev.bellhop.server.vm.VmId;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Whose session it is.
 *
 * @param caller makes the caller of one request
 * @param turn counts one more request for him, and waits for its turn where he makes too many
 * @param stillGood whether he would be let in now, too; asked before each request
 * @param vm whose files he has asked for; whether he sees it is asked before each request, too
 * @param guestUser who he wants to be in the guest; absent for the usual one
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

    /** Whether he wants to be another one in the guest than its agent is, as which all is done. */
    boolean isSomebodyElse() {
        return guestUser != null && !guestUser.equals("root");
    }
}
