// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.guest;

import dev.bellhop.qga.OsInfo;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What to change in a guest whose agent does not allow a call. Some distributions ship their package so; these lines are
 * for what their packages have, and for all others it is what qemu-ga itself documents.
 */
public final class ExecPermissionAdvice {
    /** Their packages give qemu-ga its options in a file of systemd's environment, by a variable that was renamed twice. */
    private static final Set<String> RED_HATS = Set.of("rhel", "centos", "almalinux", "rocky", "ol", "fedora");

    /** The variable since the packages of 9; those of 7 and 8 have the first one. */
    private static final int RENAMED_IN = 9;

    private ExecPermissionAdvice() {}

    /** To stand after "allow it in the guest"; begins with a blank. */
    public static String advice(@Nullable OsInfo os) {
        String id = os == null || os.id() == null ? "" : os.id();
        if (RED_HATS.contains(id)) {
            return " (empty the line " + redHatLine(id, os == null ? null : os.versionId())
                    + " in /etc/sysconfig/qemu-ga) and run systemctl restart qemu-guest-agent there";
        }
        if (id.startsWith("opensuse") || id.equals("sles") || id.equals("sled")) {
            return " (put the line FILTER_RPC_ARGS= into /etc/sysconfig/qemu-ga) and run systemctl restart"
                    + " qemu-guest-agent there";
        }
        return " (allow-rpcs or block-rpcs in qemu-ga's configuration) and restart the agent";
    }

    private static String redHatLine(String id, @Nullable String versionId) {
        if (id.equals("fedora") || versionId == null) {
            return "FILTER_RPC_ARGS=, BLOCK_RPCS= or BLACKLIST_RPC=, whichever is there,";
        }
        return major(versionId) < RENAMED_IN ? "BLACKLIST_RPC=" : "FILTER_RPC_ARGS=, or BLOCK_RPCS= in older packages,";
    }

    private static int major(String versionId) {
        int dot = versionId.indexOf('.');
        try {
            return Integer.parseInt(dot < 0 ? versionId : versionId.substring(0, dot));
        } catch (NumberFormatException e) {
            return RENAMED_IN;
        }
    }
}
