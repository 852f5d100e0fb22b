// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.guest;

import dev.bellhop.qga.OsInfo;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Explains how to change a guest whose agent does not allow a call. The packages of some distributions block calls by
 * default; this advice fits their packages, and for all others follows the documentation of qemu-ga.
 */
public final class ExecPermissionAdvice {
    /** Their packages set qemu-ga's options in a systemd environment file, in a variable that was renamed twice. */
    private static final Set<String> RED_HATS = Set.of("rhel", "centos", "almalinux", "rocky", "ol", "fedora");

    /** The version whose packages renamed the variable; packages of 7 and 8 have the first name. */
    private static final int RENAMED_IN = 9;

    private ExecPermissionAdvice() {}

    /** Returns advice to follow "allow it in the guest"; begins with a blank. */
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
