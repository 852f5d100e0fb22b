// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.body;

/**
 * The body of a request for as long as it is needed, and what its size counts for as long as anything is that was made of it. A
 * request that waits for minutes lets go of it first: the memory for bodies is everybody's. For the request's thread.
 */
public final class BufferedBody {
    private static final byte[] NOTHING = {};

    private final BodyBudget.Share share;
    private byte[] bytes;

    /** @param share what it is held in */
    public BufferedBody(byte[] bytes, BodyBudget.Share share) {
        this.bytes = bytes;
        this.share = share;
    }

    /** None once it was let go of. */
    public byte[] bytes() {
        return bytes;
    }

    /** To be had while something is made of it, or of what was, that takes several times its memory. */
    public BodyBudget.Turn turn() {
        return share.turn();
    }

    /** It is needed no more, though what was made of it is. */
    public void forgetBytes() {
        bytes = NOTHING;
    }

    public void letGo() {
        forgetBytes();
        share.close();
    }
}
