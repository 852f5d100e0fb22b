// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.tar;

import dev.bellhop.api.tar.TarMember.Kind;
import dev.bellhop.api.tar.TarMember.Piece;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * Writes a tar in GNU's form, which GNU tar, BusyBox, bsdtar, Python and Go read alike: long names and large numbers have one way to be
 * written there. Owners are numbers. Not thread safe.
 */
public final class TarWriter {
    private static final String LONG = "././@LongLink";
    private static final int NAME = 100;
    private static final int GNU_BLOCKS = 2;

    private final OutputStream out;
    private int padding;

    /** @param out is neither closed nor flushed */
    public TarWriter(OutputStream out) {
        this.out = out;
    }

    /** Begins a member. As many bytes as are {@link TarMember#stored stored} of it are to follow by {@link #write}. */
    public void begin(TarMember member) throws IOException {
        byte[] name = name(member);
        extend('L', name);
        extend('K', member.target());
        byte[] block = header(type(member.kind()), name, member.stored());
        number(block, 100, 8, member.mode());
        number(block, 108, 8, member.uid());
        number(block, 116, 8, member.gid());
        number(block, 136, 12, member.modified());
        System.arraycopy(member.target(), 0, block, 157, Math.min(member.target().length, NAME));
        List<Piece> pieces = pieces(member);
        boolean isSparse = member.kind() == Kind.SPARSE_FILE;
        if (isSparse) {
            put(block, SparseMap.FIRST, pieces, 0, SparseMap.IN_HEADER);
            block[SparseMap.HEADER_GOES_ON] = (byte) (pieces.size() > SparseMap.IN_HEADER ? 1 : 0);
            number(block, SparseMap.REAL_SIZE, SparseMap.FIELD, member.size());
        }
        put(block);
        for (int at = SparseMap.IN_HEADER; isSparse && at < pieces.size(); at += SparseMap.IN_BLOCK) {
            byte[] more = new byte[TarReader.BLOCK];
            put(more, 0, pieces, at, SparseMap.IN_BLOCK);
            more[SparseMap.BLOCK_GOES_ON] = (byte) (pieces.size() > at + SparseMap.IN_BLOCK ? 1 : 0);
            out.write(more);
        }
        padding = TarReader.padding(member.stored());
    }

    /** With an empty one at the end of the file, or GNU's tar leaves out a hole there. */
    private static List<Piece> pieces(TarMember member) {
        List<Piece> pieces = member.pieces();
        Piece last = pieces.isEmpty() ? new Piece(0, 0) : pieces.get(pieces.size() - 1);
        return last.offset() + last.length() == member.size()
                ? pieces
                : Stream.concat(pieces.stream(), Stream.of(new Piece(member.size(), 0)))
                        .toList();
    }

    private static byte[] name(TarMember member) {
        String end = member.kind() == Kind.DIRECTORY ? "/" : "";
        if (member.isRoot()) {
            return "./".getBytes(StandardCharsets.US_ASCII);
        }
        byte[] name = Arrays.copyOf(member.name(), member.name().length + end.length());
        if (!end.isEmpty()) {
            name[name.length - 1] = '/';
        }
        return name;
    }

    private static char type(Kind kind) {
        return switch (kind) {
            case FILE -> '0';
            case HARD_LINK -> '1';
            case SYMLINK -> '2';
            case DIRECTORY -> '5';
            case SPARSE_FILE -> 'S';
            case OTHER -> throw new IllegalArgumentException("devices and pipes are not written");
        };
    }

    private static void put(byte[] block, int from, List<Piece> pieces, int first, int count) {
        for (int i = 0; i < count && first + i < pieces.size(); i++) {
            Piece piece = pieces.get(first + i);
            number(block, from + 2 * SparseMap.FIELD * i, SparseMap.FIELD, piece.offset());
            number(block, from + 2 * SparseMap.FIELD * i + SparseMap.FIELD, SparseMap.FIELD, piece.length());
        }
    }

    /** What is too long for its field comes before it, as a member of its own. */
    private void extend(char type, byte[] text) throws IOException {
        if (text.length <= NAME) {
            return;
        }
        put(header(type, LONG.getBytes(StandardCharsets.US_ASCII), text.length + 1L));
        out.write(text);
        out.write(new byte[1 + TarReader.padding(text.length + 1L)]);
    }

    private static byte[] header(char type, byte[] name, long size) {
        byte[] block = new byte[TarReader.BLOCK];
        System.arraycopy(name, 0, block, 0, Math.min(name.length, NAME));
        number(block, 100, 8, 0);
        number(block, 108, 8, 0);
        number(block, 116, 8, 0);
        number(block, 124, 12, size);
        number(block, 136, 12, 0);
        block[156] = (byte) type;
        byte[] magic = "ustar  ".getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(magic, 0, block, TarHeader.MAGIC, magic.length);
        return block;
    }

    private void put(byte[] block) throws IOException {
        byte[] sum = String.format("%06o\0 ", TarHeader.sum(block, false)).getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(sum, 0, block, TarHeader.SUM, sum.length);
        out.write(block);
    }

    /** In octal digits where they suffice. */
    private static void number(byte[] block, int from, int length, long value) {
        String octal = Long.toOctalString(value);
        if (value >= 0 && octal.length() < length) {
            byte[] digits =
                    "0".repeat(length - 1 - octal.length()).concat(octal).getBytes(StandardCharsets.US_ASCII);
            System.arraycopy(digits, 0, block, from, digits.length);
            block[from + length - 1] = 0;
            return;
        }
        byte[] raw = BigInteger.valueOf(value).toByteArray();
        Arrays.fill(block, from, from + length, (byte) (value < 0 ? 0xFF : 0));
        int count = Math.min(raw.length, length - 1);
        System.arraycopy(raw, raw.length - count, block, from + length - count, count);
        block[from] |= (byte) 0x80;
    }

    /** Writes what is stored of a member. */
    public void write(byte[] bytes, int offset, int length) throws IOException {
        out.write(bytes, offset, length);
    }

    /** Ends a member, once all of it was written. */
    public void end() throws IOException {
        out.write(new byte[padding]);
        padding = 0;
    }

    /** Ends the tar. */
    public void finish() throws IOException {
        out.write(new byte[GNU_BLOCKS * TarReader.BLOCK]);
    }
}
