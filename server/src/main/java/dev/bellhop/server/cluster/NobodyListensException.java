// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster;

/** Nobody is there for the subject: the node is off, or no API server runs. The request was certainly not heard. */
public final class NobodyListensException extends BusException {
    private static final long serialVersionUID = 1L;

    public NobodyListensException(String message) {
        super(message, true);
    }
}
