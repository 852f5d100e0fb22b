// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.tar;

import dev.bellhop.api.tar.TarMember.Kind;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Optional;

/**
 * Reads a tar strictly, as it comes: what GNU tar, BusyBox, bsdtar, Python and Go write, in the forms ustar, GNU and pax. What could be read
 * in two ways is refused, since whoever unpacks it may read it in the other. Not thread safe.
 */
public final class TarReader {
    static final int BLOCK = 512;

    /** Of all headers that belong to one member: names, and attributes that are not kept. */
    private static final int MAX_EXTENSION = 1 << 20;

    /** Of such headers before one member: a stream of nothing else would have no end, and no size that anybody limits. */
    private static final int MAX_EXTENSIONS = 16;

    /** Of what may follow the end, with which tars are padded. */
    private static final int MAX_PADDING = 4 << 20;

    private static final byte[] NOTHING = {};

    private final InputStream in;
    private final byte[] block = new byte[BLOCK];
    private final byte[] skipped = new byte[16 * BLOCK];
    private long left;
    private int padding;
    private int extensionLeft;
    private long extensionBytes;

    /** @param in is read to its end, and not closed */
    public TarReader(InputStream in) {
        this.in = in;
    }

    /**
     * The next member; empty at the end of the tar, which is also that of the stream then. What was not read of the one before is skipped.
     *
     * @throws TarException if it is no tar, or has something that is refused
     * @throws EOFException if it ends early
     */
    public Optional<TarMember> next() throws IOException {
        skip(left + padding);
        byte[] longName = null;
        byte[] longTarget = null;
        PaxHeader pax = PaxHeader.NONE;
        extensionLeft = MAX_EXTENSION;
        for (int headers = 0; headers <= MAX_EXTENSIONS; headers++) {
            readBlock();
            if (isZero()) {
                end();
                return Optional.empty();
            }
            TarHeader header = TarHeader.of(block);
            switch (header.type()) {
                case 'L' -> longName = text(header);
                case 'K' -> longTarget = text(header);
                case 'x' -> pax = PaxHeader.of(extension(header));
                case 'g' -> PaxHeader.of(extension(header)).requireHarmless();
                default -> {
                    TarMember member = member(
                            header,
                            pax.path().orElse(longName == null ? header.name() : longName),
                            pax.target().orElse(longTarget == null ? header.target() : longTarget),
                            pax);
                    left = member.stored();
                    padding = padding(left);
                    return Optional.of(member);
                }
            }
        }
        throw new TarException("a member in it has more than " + MAX_EXTENSIONS + " headers");
    }

    private TarMember member(TarHeader header, byte[] name, byte[] target, PaxHeader pax) throws IOException {
        boolean isDirectory =
                header.type() == '5' || (header.isFile() && name.length > 0 && name[name.length - 1] == '/');
        byte[] clean = TarName.clean(name);
        Kind kind = switch (header.type()) {
            case '\0', '0', '7' -> isDirectory ? Kind.DIRECTORY : Kind.FILE;
            case 'S' -> Kind.SPARSE_FILE;
            case '1' -> Kind.HARD_LINK;
            case '2' -> Kind.SYMLINK;
            case '3', '4', '6' -> Kind.OTHER;
            case '5' -> Kind.DIRECTORY;
            default ->
                throw new TarException("its member " + TarName.shown(name) + " is of a kind that is not known here");
        };
        if (clean.length == 0 && kind != Kind.DIRECTORY) {
            throw new TarException("its root is no directory");
        }
        long size = pax.size().orElse(header.size());
        if (kind != Kind.FILE && kind != Kind.SPARSE_FILE && size != 0) {
            throw new TarException("its member " + TarName.shown(name) + " is no file and has bytes");
        }
        SparseMap map = kind == Kind.SPARSE_FILE ? sparse(size, name) : SparseMap.NONE;
        return new TarMember(
                clean,
                kind,
                header.mode(),
                pax.uid().orElse(header.uid()),
                pax.gid().orElse(header.gid()),
                pax.modified().orElse(header.modified()),
                kind == Kind.SPARSE_FILE ? map.size() : size,
                target(kind, target, name),
                map.pieces());
    }

    private static byte[] target(Kind kind, byte[] target, byte[] name) throws TarException {
        return switch (kind) {
            case HARD_LINK -> {
                byte[] clean = TarName.clean(target);
                if (clean.length == 0) {
                    throw new TarException("its member " + TarName.shown(name) + " is a hard link to its root");
                }
                yield clean;
            }
            case SYMLINK -> {
                if (target.length == 0 || target.length > TarName.MAX_BYTES) {
                    throw new TarException("its member " + TarName.shown(name) + " is a link to nowhere");
                }
                for (byte b : target) {
                    if (b == 0) { // What follows it, one reader has and another has not.
                        throw new TarException("its member " + TarName.shown(name) + " is a link with a NUL in it");
                    }
                }
                yield target;
            }
            default -> NOTHING;
        };
    }

    /** Its map begins in its header and goes on in blocks of its own. */
    private SparseMap sparse(long stored, byte[] name) throws IOException {
        SparseMap.Builder map = new SparseMap.Builder(block);
        while (map.goesOn()) {
            readBlock();
            map.add(block);
        }
        return map.build(stored, name);
    }

    private byte[] text(TarHeader header) throws IOException {
        byte[] text = extension(header);
        int end = 0;
        while (end < text.length && text[end] != 0) {
            end++;
        }
        return Arrays.copyOf(text, end);
    }

    /** Returns how many bytes so far were in extended headers, such as pax headers. */
    public long extensionBytes() {
        return extensionBytes;
    }

    private byte[] extension(TarHeader header) throws IOException {
        if (header.size() > extensionLeft) {
            throw new TarException("the headers of a member in it are longer than " + MAX_EXTENSION + " bytes");
        }
        extensionLeft -= (int) header.size();
        extensionBytes += BLOCK + header.size();
        byte[] bytes = in.readNBytes((int) header.size());
        if (bytes.length < header.size()) {
            throw early();
        }
        skip(padding(header.size()));
        return bytes;
    }

    /**
     * Reads what is stored of the member, of a sparse one its pieces, one after the other.
     *
     * @return how many bytes; -1 at its end
     * @throws EOFException if the tar ends early
     */
    public int read(byte[] buffer) throws IOException {
        return read(buffer, buffer.length);
    }

    /** The same, of some bytes at most. */
    public int read(byte[] buffer, int most) throws IOException {
        if (left == 0) {
            return -1;
        }
        int count = in.read(buffer, 0, (int) Math.min(most, left));
        if (count < 0) {
            throw early();
        }
        left -= count;
        return count;
    }

    static int padding(long size) {
        return (int) ((BLOCK - size % BLOCK) % BLOCK);
    }

    /** Reads it, since a stream that computes a digest knows nothing of what is skipped. */
    private void skip(long count) throws IOException {
        for (long rest = count; rest > 0; ) {
            int read = in.read(skipped, 0, (int) Math.min(rest, skipped.length));
            if (read < 0) {
                throw early();
            }
            rest -= read;
        }
        left = 0;
        padding = 0;
    }

    private void readBlock() throws IOException {
        if (in.readNBytes(block, 0, BLOCK) < BLOCK) {
            throw early();
        }
    }

    private static EOFException early() {
        return new EOFException("it ends early");
    }

    private boolean isZero() {
        return Arrays.equals(block, new byte[BLOCK]);
    }

    private void end() throws IOException {
        int all = 0;
        for (int count = in.read(skipped); count >= 0; count = in.read(skipped)) {
            all += count;
            for (int i = 0; i < count; i++) {
                if (skipped[i] != 0) {
                    throw new TarException("something follows its end");
                }
            }
            if (all > MAX_PADDING) {
                throw new TarException("too much follows its end");
            }
        }
    }
}
