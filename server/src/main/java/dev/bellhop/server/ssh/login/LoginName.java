// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.login;

import dev.bellhop.server.execution.GuestText;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vm.VmName;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The login name, before the {@code @}: {@code VM} or {@code GUESTUSER+VM}, with the prefix {@code dry-run:} to run
 * nothing. The login name holds these options because it always arrives: a client that shares another client's
 * connection leaves out variables.
 *
 * @param dryRun whether to show only the policy's decision
 * @param guestUser the user in the guest; absent for the default, which is root on Linux
 * @param vmid absent if the VM is given by its name
 * @param vmName absent if the VM is given by its vmid; a name of only digits is a vmid
 */
record LoginName(
        boolean dryRun,
        @Nullable String guestUser,
        @Nullable VmId vmid,
        @Nullable VmName vmName) {
    private static final String DRY_RUN = "dry-run:";
    private static final char BETWEEN = '+';

    /** Parses a login name; empty if it is not valid. */
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
