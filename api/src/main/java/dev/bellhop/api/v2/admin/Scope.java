// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.admin;

import dev.bellhop.api.v2.OpenEnum;

/** Scopes of a key. */
public enum Scope implements OpenEnum {
    READ_VM,
    WRITE_VM,
    READ_RAW,
    POWER_VM,
    GUEST_VM,
    TERMINAL_VM,
    FILES_VM,
    FORWARD_VM,
    READ_METRICS,
    ADMIN_ACCOUNT,
    ADMIN,
    /** A value of a later server. */
    UNKNOWN;

    /** Never fails: other texts are {@link #UNKNOWN}. */
    public static Scope of(String text) {
        return OpenEnum.find(values(), text, UNKNOWN);
    }

    @Override
    public String text() {
        return OpenEnum.super.text().replace('_', ':');
    }
}
