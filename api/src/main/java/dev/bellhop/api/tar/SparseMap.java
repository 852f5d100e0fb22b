// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.tar;

import dev.bellhop.api.tar.TarMember.Piece;
import java.util.ArrayList;
import java.util.List;

/**
 * Where the bytes of a sparse file belong, as GNU tar has it: four pieces in the header, and 21 in each block that follows.
 *
 * @param size of the file with its holes
 */
record SparseMap(long size, List<Piece> pieces) {
    static final SparseMap NONE = new SparseMap(0, List.of());
    static final int FIRST = 386;
    static final int IN_HEADER = 4;
    static final int IN_BLOCK = 21;
    static final int HEADER_GOES_ON = 482;
    static final int BLOCK_GOES_ON = 504;
    static final int REAL_SIZE = 483;
    static final int FIELD = 12;

    private static final int MAX_PIECES = 100_000;

    /** Puts it together, block by block. */
    static final class Builder {
        private final List<Piece> pieces = new ArrayList<>();
        private final long size;
        private boolean goesOn;

        Builder(byte[] header) throws TarException {
            size = TarHeader.number(header, REAL_SIZE, FIELD);
            add(header, FIRST, IN_HEADER);
            goesOn = header[HEADER_GOES_ON] != 0;
        }

        boolean goesOn() {
            return goesOn;
        }

        void add(byte[] block) throws TarException {
            add(block, 0, IN_BLOCK);
            goesOn = block[BLOCK_GOES_ON] != 0;
            if (pieces.size() > MAX_PIECES) {
                throw new TarException("a sparse file in it has too many pieces");
            }
        }

        private void add(byte[] block, int from, int count) throws TarException {
            for (int i = 0; i < count; i++) {
                int at = from + 2 * FIELD * i;
                if (block[at + FIELD] != 0) {
                    pieces.add(
                            new Piece(TarHeader.number(block, at, FIELD), TarHeader.number(block, at + FIELD, FIELD)));
                }
            }
        }

        SparseMap build(long stored, byte[] name) throws TarException {
            long end = 0;
            long sum = 0;
            for (Piece piece : pieces) {
                // GNU's tar begins each piece at a block, and others do not: so all but the last fill theirs.
                boolean isAmbiguous = sum % TarReader.BLOCK != 0 && piece.length() > 0;
                if (isAmbiguous
                        || piece.length() < 0
                        || piece.offset() < end
                        || piece.offset() > size - piece.length()) {
                    throw new TarException("its sparse file " + TarName.shown(name) + " has a map that cannot be");
                }
                end = piece.offset() + piece.length();
                sum += piece.length();
            }
            if (sum != stored || size < 0) {
                throw new TarException("its sparse file " + TarName.shown(name) + " has a map that cannot be");
            }
            return new SparseMap(size, pieces);
        }
    }
}
