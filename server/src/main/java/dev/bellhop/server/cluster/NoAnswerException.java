// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster;

/** No answer came: time was up, the connection broke, or the other side failed. The request may have been heard, and done, or not. */
public final class NoAnswerException extends BusException {
    private static final long serialVersionUID = 1L;

    public NoAnswerException(String message) {
        super(message, false);
    }
}
