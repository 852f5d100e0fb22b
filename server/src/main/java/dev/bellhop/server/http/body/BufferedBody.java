// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.body;

/**
 * The body of a request while it is needed, and the memory that counts for it while anything made of it is. A request
 * that waits for minutes lets go of it first: the memory for bodies is everybody's. For the request's thread.
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

    /** Empty once it was let go of. */
    public byte[] bytes() {
        return bytes;
    }

    /** To be held while something is made of the body that takes several times its memory. */
    public BodyBudget.Turn turn() {
        return share.turn();
    }

    /** The bytes are needed no more, though what was made of them is. */
    public void forgetBytes() {
        bytes = NOTHING;
    }

    public void letGo() {
        forgetBytes();
        share.close();
    }
}
