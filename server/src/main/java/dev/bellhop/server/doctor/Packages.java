// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.doctor;

import dev.bellhop.qga.OsInfo;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** How to install what a guest lacks, as its distribution calls it. */
record Packages(@Nullable OsInfo os) {
    private static final Set<String> DEBIANS = Set.of("debian", "ubuntu", "linuxmint", "raspbian", "devuan");
    private static final Set<String> RED_HATS = Set.of("rhel", "centos", "almalinux", "rocky", "ol", "fedora", "amzn");

    /** Where a package is not called as the program. */
    private static final Map<String, String> DEBIAN = Map.of(
            "script", "bsdutils",
            "perl", "perl-base",
            "sha256sum", "coreutils",
            "stat", "coreutils",
            "hwclock", "util-linux-extra",
            "chpasswd", "passwd");

    private static final Map<String, String> RED_HAT = Map.of(
            "sha256sum", "coreutils",
            "stat", "coreutils",
            "hwclock", "util-linux",
            "chpasswd", "shadow-utils");

    private static final Map<String, String> OTHER =
            Map.of("sha256sum", "coreutils", "stat", "coreutils", "hwclock", "util-linux");

    /** A command line where the distribution is known, else the package's usual name. */
    String install(String program) {
        String id = os == null || os.id() == null ? "" : os.id();
        if (DEBIANS.contains(id)) {
            return "in the guest: apt-get install " + DEBIAN.getOrDefault(program, program);
        }
        if (RED_HATS.contains(id)) {
            return "in the guest: dnf install " + RED_HAT.getOrDefault(program, program);
        }
        if (id.equals("alpine")) {
            return "in the guest: apk add " + OTHER.getOrDefault(program, program);
        }
        if (id.startsWith("opensuse") || id.startsWith("sle")) {
            return "in the guest: zypper install " + OTHER.getOrDefault(program, program);
        }
        return "install " + OTHER.getOrDefault(program, program) + " in the guest";
    }

    /** What makes a terminal. The package of script has another name in each release of the others. */
    String installPty() {
        return install(isDebian() ? "script" : "python3");
    }

    private boolean isDebian() {
        return os != null && os.id() != null && DEBIANS.contains(os.id());
    }
}
