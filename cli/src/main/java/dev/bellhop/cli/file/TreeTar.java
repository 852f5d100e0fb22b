// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.file;

import dev.bellhop.api.tar.TarMember;
import dev.bellhop.api.tar.TarMember.Kind;
import dev.bellhop.api.tar.TarMember.Piece;
import dev.bellhop.api.tar.TarWriter;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/** A directory of this machine as a tar that is made as it is read. Owners are left out: they are root's there. For one thread. */
final class TreeTar extends InputStream {
    private static final int FORMAT = 0170000;
    private static final int REGULAR = 0100000;
    private static final int DIRECTORY = 0040000;
    private static final int SYMLINK = 0120000;
    private static final int MODE_BITS = 07777;
    private static final int PIECE = 64 << 10;
    private static final long HEADER = 512;

    private final Deque<Found> left = new ArrayDeque<>();
    private final ByteArrayOutputStream chunk = new ByteArrayOutputStream(2 * PIECE);
    private final OutputStream out;
    private final TarWriter writer;
    private final byte[] piece = new byte[PIECE];
    private final long total;
    private byte[] ready = {};
    private int at;
    private @Nullable Found current;
    private @Nullable InputStream content;
    private final Deque<Piece> pieces = new ArrayDeque<>();
    private long position;
    private boolean finished;

    private record Found(Path path, TarMember member) {}

    /**
     * Looks for all that is in it.
     *
     * @param isWanted of its files and links, those that are sent
     * @param leftOut is told what is no file, directory or link
     */
    TreeTar(Path root, boolean compresses, Predicate<TarMember> isWanted, Consumer<Path> leftOut) throws IOException {
        find(root, new byte[0], new HashMap<>(), isWanted, leftOut);
        total = left.stream()
                .mapToLong(found -> HEADER + (found.member().stored() + HEADER - 1) / HEADER * HEADER)
                .sum();
        out = compresses ? new GZIPOutputStream(chunk, PIECE) : chunk;
        writer = new TarWriter(out);
    }

    private void find(
            Path path, byte[] name, Map<String, byte[]> linked, Predicate<TarMember> isWanted, Consumer<Path> leftOut)
            throws IOException {
        // A link that was named on the command line is followed.
        LinkOption[] follow = name.length == 0 ? new LinkOption[0] : new LinkOption[] {LinkOption.NOFOLLOW_LINKS};
        Map<String, Object> told = Files.readAttributes(path, "unix:mode,size,lastModifiedTime,nlink,dev,ino", follow);
        int mode = (int) number(told, "mode");
        long modified = ((FileTime) Objects.requireNonNull(told.get("lastModifiedTime"))).to(TimeUnit.SECONDS);
        switch (mode & FORMAT) {
            case DIRECTORY -> {
                left.add(new Found(path, TarMember.directory(name, mode & MODE_BITS, modified)));
                List<Path> children = new ArrayList<>();
                try (Stream<Path> all = Files.list(path)) {
                    all.sorted().forEach(children::add);
                }
                for (Path child : children) {
                    find(child, joined(name, PathBytes.name(child)), linked, isWanted, leftOut);
                }
            }
            case REGULAR -> {
                byte[] first = number(told, "nlink") > 1
                        ? linked.putIfAbsent(told.get("dev") + " " + told.get("ino"), name)
                        : null;
                TarMember member = first == null
                        ? TarMember.file(name, mode & MODE_BITS, modified, number(told, "size"))
                        : TarMember.hardLink(name, first, mode & MODE_BITS, modified);
                if (isWanted.test(member)) {
                    left.add(new Found(path, member));
                }
            }
            case SYMLINK ->
                left.add(
                        new Found(path, TarMember.symlink(name, PathBytes.of(Files.readSymbolicLink(path)), modified)));
            default -> leftOut.accept(path);
        }
    }

    private static long number(Map<String, Object> told, String name) {
        return ((Number) Objects.requireNonNull(told.get(name))).longValue();
    }

    private static byte[] joined(byte[] folder, byte[] name) {
        if (folder.length == 0) {
            return name;
        }
        ByteArrayOutputStream both = new ByteArrayOutputStream(folder.length + 1 + name.length);
        both.writeBytes(folder);
        both.write('/');
        both.writeBytes(name);
        return both.toByteArray();
    }

    /** About how many bytes it has, before it is compressed. */
    long total() {
        return total;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        while (at == ready.length) {
            if (finished) {
                return -1;
            }
            make();
            ready = chunk.toByteArray();
            chunk.reset();
            at = 0;
        }
        int count = Math.min(length, ready.length - at);
        System.arraycopy(ready, at, buffer, offset, count);
        at += count;
        return count;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    /** Some more of it. */
    private void make() throws IOException {
        InputStream open = content;
        Piece wanted = pieces.peek();
        if (open != null && wanted != null) {
            copy(open, wanted);
            return;
        }
        if (open != null) {
            open.close();
            content = null;
            writer.end();
        }
        Found next = left.poll();
        current = next;
        if (next == null) {
            writer.finish();
            out.close();
            finished = true;
            return;
        }
        if (next.member().kind() != Kind.FILE) {
            writer.begin(next.member());
            return;
        }
        content = Files.newInputStream(next.path(), LinkOption.NOFOLLOW_LINKS);
        position = 0;
        TarMember file = Holes.of(next.path(), next.member());
        if (file.kind() == Kind.SPARSE_FILE) {
            pieces.addAll(file.pieces());
        } else if (file.size() > 0) {
            pieces.add(new Piece(0, file.size()));
        }
        writer.begin(file);
    }

    /** Some of what is left of a piece. */
    private void copy(InputStream from, Piece wanted) throws IOException {
        from.skipNBytes(Math.max(0, wanted.offset() - position));
        position = Math.max(position, wanted.offset());
        long end = wanted.offset() + wanted.length();
        int count = from.read(piece, 0, (int) Math.min(PIECE, end - position));
        if (count < 0) {
            throw new EOFException(String.valueOf(current == null ? "" : current.path()) + " has become shorter");
        }
        writer.write(piece, 0, count);
        position += count;
        if (position == end) {
            pieces.remove();
        }
    }

    @Override
    public void close() throws IOException {
        if (content != null) {
            content.close();
        }
        // What compresses has memory outside the heap.
        out.close();
    }
}
