// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster;

/** A message has more bytes than one may have. Whoever makes it has to send it in pieces. */
public final class MessageTooLargeException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public MessageTooLargeException(long bytes) {
        super("Cannot send a message of " + bytes + " bytes because one may have at most " + WireCodec.MAX_BYTES
                + "; send it in pieces");
    }
}
