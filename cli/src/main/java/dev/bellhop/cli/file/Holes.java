// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.file;

import dev.bellhop.api.tar.TarMember;
import dev.bellhop.api.tar.TarMember.Piece;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Long runs of zeros in files, which need not be sent. Where a file has holes, Java does not tell. */
final class Holes {
    /** A file that is shorter, or has fewer zeros, is sent as it is. */
    private static final long WORTH_IT = 1 << 20;

    private static final int BLOCK = 64 << 10;
    private static final int MAX_PIECES = 10_000;

    private Holes() {}

    /** The member with its holes, where there are any worth the while; for that it is read. */
    static TarMember of(Path path, TarMember file) throws IOException {
        if (file.size() < WORTH_IT) {
            return file;
        }
        List<Piece> pieces = pieces(path, file.size());
        long stored = pieces.stream().mapToLong(Piece::length).sum();
        return file.size() - stored < WORTH_IT || pieces.size() > MAX_PIECES ? file : file.sparse(pieces);
    }

    private static List<Piece> pieces(Path path, long size) throws IOException {
        List<Piece> pieces = new ArrayList<>();
        byte[] zeros = new byte[BLOCK];
        byte[] block = new byte[BLOCK];
        long begin = -1;
        long at = 0;
        try (InputStream in = Files.newInputStream(path, LinkOption.NOFOLLOW_LINKS)) {
            while (at < size) {
                int count = in.readNBytes(block, 0, (int) Math.min(BLOCK, size - at));
                if (count == 0) {
                    break;
                }
                boolean isHole = Arrays.equals(block, 0, count, zeros, 0, count);
                if (!isHole && begin < 0) {
                    begin = at;
                } else if (isHole && begin >= 0) {
                    pieces.add(new Piece(begin, at - begin));
                    begin = -1;
                }
                at += count;
            }
        }
        if (begin >= 0) {
            pieces.add(new Piece(begin, size - begin));
        }
        return pieces;
    }
}
