// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.admin;

import java.util.Objects;

/**
 * Files that a policy lets one reach.
 *
 * @param prefix an absolute path without links: it and all that is in it
 * @param access {@code read}, or {@code write} for both
 */
public record PolicyFileRule(String prefix, String access) {
    public static final String READ = "read";
    public static final String WRITE = "write";

    public PolicyFileRule {
        Objects.requireNonNull(prefix, "prefix");
        Objects.requireNonNull(access, "access");
    }
}
