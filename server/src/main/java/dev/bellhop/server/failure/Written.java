// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.failure;

/** The effect of a write that creates or replaces. */
public enum Written {
    CREATED,
    REPLACED
}
