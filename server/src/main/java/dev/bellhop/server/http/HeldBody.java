// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

/**
 * The body of a request for as long as it is needed. A request that waits for minutes after it has been understood lets go of
 * it first: the memory for bodies is everybody's. For the request's thread.
 */
final class HeldBody {
    private static final byte[] NOTHING = {};

    private final BodyBudget.Share share;
    private byte[] bytes;

    /** @param share what it is held in */
    HeldBody(byte[] bytes, BodyBudget.Share share) {
        this.bytes = bytes;
        this.share = share;
    }

    /** None once it was let go of. */
    byte[] bytes() {
        return bytes;
    }

    void letGo() {
        bytes = NOTHING;
        share.close();
    }
}
