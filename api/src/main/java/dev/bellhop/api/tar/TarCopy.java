// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.tar;

import dev.bellhop.api.tar.TarMember.Kind;
import dev.bellhop.api.tar.TarMember.Piece;
import java.io.IOException;

/**
 * Passes the members of one tar on to another, each written anew as it was understood: whoever unpacks it cannot understand it otherwise than
 * whoever has checked it. Not thread safe.
 */
public final class TarCopy {
    private static final int BUFFER = 64 << 10;

    private final TarReader in;
    private final TarWriter out;
    private final byte[] buffer = new byte[BUFFER];

    public TarCopy(TarReader in, TarWriter out) {
        this.in = in;
        this.out = out;
    }

    /** Copies the member that the reader has come to; a sparse one with its holes, or with zeros for them. */
    public void copy(TarMember member, boolean withHoles) throws IOException {
        if (withHoles || member.kind() != Kind.SPARSE_FILE) {
            out.begin(member);
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                out.write(buffer, 0, count);
            }
            out.end();
            return;
        }
        out.begin(member.filled());
        long at = 0;
        for (Piece piece : member.pieces()) {
            zeros(piece.offset() - at);
            pass(piece.length());
            at = piece.offset() + piece.length();
        }
        zeros(member.size() - at);
        out.end();
    }

    private void zeros(long count) throws IOException {
        byte[] zeros = new byte[BUFFER];
        for (long left = count; left > 0; left -= BUFFER) {
            out.write(zeros, 0, (int) Math.min(left, BUFFER));
        }
    }

    private void pass(long count) throws IOException {
        long left = count;
        while (left > 0) {
            int read = in.read(buffer, (int) Math.min(left, BUFFER));
            out.write(buffer, 0, read);
            left -= read;
        }
    }
}
