// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.admin;

import dev.bellhop.api.v2.OpenEnum;

/** Answers of a policy. */
public enum Decision implements OpenEnum {
    ALLOWED,
    REFUSED,
    NEEDS_APPROVAL,
    /** A value of a later server. */
    UNKNOWN;

    /** Never fails: other texts are {@link #UNKNOWN}. */
    public static Decision of(String text) {
        return OpenEnum.find(values(), text, UNKNOWN);
    }
}
