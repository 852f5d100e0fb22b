// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.policy;

/**
 * Files that can be accessed.
 *
 * @param prefix an absolute path without links; the rule covers it and everything below it
 * @param write whether the files can also be written; otherwise they are read-only
 */
public record FileRule(String prefix, boolean write) {
    public static final int MAX_PREFIX_LENGTH = 1024;
}
