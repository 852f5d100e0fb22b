// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster;

/** The other side runs as many requests as it may, and did not begin this one. Ask again in a moment. */
public final class BusyException extends BusException {
    private static final long serialVersionUID = 1L;

    public BusyException(String message) {
        super(message, true);
    }
}
