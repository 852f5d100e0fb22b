// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.policy;

/**
 * Files that may be reached.
 *
 * @param prefix an absolute path without links: what is meant is it and all that is in it
 * @param write whether they may be written too, rather than read alone
 */
public record FileRule(String prefix, boolean write) {
    public static final int MAX_PREFIX_LENGTH = 1024;
}
