// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.testkit;

import java.util.Locale;

/** The guests that {@code script/vm} boots. */
public enum GuestImage {
    /** A kernel and busybox: boots in seconds, all in memory. */
    SMALL,
    /** Debian with systemd, on a disk that lasts as long as its QEMU. */
    DEBIAN,
    /** The same with python3, git, rsync and cron, for Ansible and its modules, and with an sshd that does not run. */
    DEBIAN_PYTHON;

    /** The script's name for it. */
    String wireName() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
