// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

/**
 * What a follower has seen of an execution.
 *
 * @param revision of what is stored
 * @param passed how often more output was passed by then that is not kept
 */
public record Seen(long revision, long passed) {
    public static final Seen NOTHING = new Seen(0, 0);
}
