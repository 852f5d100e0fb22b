// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.doctor;

import dev.bellhop.qga.OsInfo;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Advice on how to install missing programs, with the package names of the guest's distribution. */
record Packages(@Nullable OsInfo os) {
    private static final Set<String> DEBIANS = Set.of("debian", "ubuntu", "linuxmint", "raspbian", "devuan");
    private static final Set<String> RED_HATS = Set.of("rhel", "centos", "almalinux", "rocky", "ol", "fedora", "amzn");

    /** Programs whose package has a different name. */
    private static final Map<String, String> PACKAGES =
            Map.of("sha256sum", "coreutils", "stat", "coreutils", "cksum", "coreutils");

    /** Returns a command line if the distribution is known, else the package's usual name. */
    String install(String program) {
        String name = PACKAGES.getOrDefault(program, program);
        String id = os == null || os.id() == null ? "" : os.id();
        if (DEBIANS.contains(id)) {
            return "in the guest: apt-get install " + name;
        }
        if (RED_HATS.contains(id)) {
            return "in the guest: dnf install " + name;
        }
        if (id.equals("alpine")) {
            return "in the guest: apk add " + name;
        }
        if (id.startsWith("opensuse") || id.startsWith("sle")) {
            return "in the guest: zypper install " + name;
        }
        return "install " + name + " in the guest";
    }
}
