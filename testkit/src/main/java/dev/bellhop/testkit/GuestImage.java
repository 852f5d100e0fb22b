// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.testkit;

import java.util.Locale;

/** The guests that {@code script/vm} boots. */
public enum GuestImage {
    /** A kernel and busybox: up in seconds, and all in memory. */
    SMALL,
    /** Debian with systemd, on a disk that lasts as long as its QEMU. */
    DEBIAN;

    /** As the script calls it. */
    String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
