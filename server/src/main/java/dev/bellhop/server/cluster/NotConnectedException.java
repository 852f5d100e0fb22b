// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster;

/** There is no connection to NATS, so the request was not sent. */
public final class NotConnectedException extends BusException {
    private static final long serialVersionUID = 1L;

    public NotConnectedException(String message) {
        super(message, true);
    }
}
