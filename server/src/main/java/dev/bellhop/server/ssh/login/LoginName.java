// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.login;

import dev.bellhop.server.execution.GuestText;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vm.VmName;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What stands before the {@code @}: {@code VM}, or {@code GUESTUSER+VM}, and in front of that {@code dry-run:} where nothing is to be run.
 * It is here since it cannot get lost: a client that shares another's connection leaves out variables.
 *
 * @param dryRun whether only to tell what policy says
 * @param guestUser who it is in the guest; absent for the usual one, which is root on Linux
 * @param vmid the VM, unless it is named
 * @param vmName what people call the VM, unless it is given by its vmid; digits alone are a vmid
 */
record LoginName(
        boolean dryRun,
        @Nullable String guestUser,
        @Nullable VmId vmid,
        @Nullable VmName vmName) {
    private static final String DRY_RUN = "dry-run:";
    private static final char BETWEEN = '+';

    /** Empty for what can be neither. */
    static Optional<LoginName> parse(String name) {
        boolean dryRun = name.startsWith(DRY_RUN);
        String text = dryRun ? name.substring(DRY_RUN.length()) : name;
        int at = text.indexOf(BETWEEN);
        String user = at < 0 ? null : text.substring(0, at);
        String vm = text.substring(at + 1);
        if (user != null && !GuestText.isUser(user)) {
            return Optional.empty();
        }
        if (vm.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return VmId.parse(vm).map(id -> new LoginName(dryRun, user, id, null));
        }
        return VmName.parse(vm).map(called -> new LoginName(dryRun, user, null, called));
    }
}
