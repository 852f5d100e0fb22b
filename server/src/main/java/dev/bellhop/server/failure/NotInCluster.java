// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.failure;

/** What nodes cannot be told to do yet. */
public final class NotInCluster {
    private NotInCluster() {}

    /**
     * The failure {@code NOT_IMPLEMENTED}.
     *
     * @param task what was asked for, such as {@code open a terminal}
     */
    public static BellhopException failure(String task) {
        return new BellhopException(
                ErrorCode.NOT_IMPLEMENTED, "Cannot " + task + " because that is not available in a cluster yet");
    }
}
