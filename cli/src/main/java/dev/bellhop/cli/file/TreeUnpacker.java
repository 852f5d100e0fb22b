// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.file;

import dev.bellhop.api.tar.TarMember;
import dev.bellhop.api.tar.TarMember.Kind;
import dev.bellhop.api.tar.TarMember.Piece;
import dev.bellhop.api.tar.TarName;
import dev.bellhop.api.tar.TarReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Unpacks a guest's tar into a directory here. A guest is hostile: nothing is written outside of the directory, nor through a link in it, links
 * are made last and only where they stay within, and the bits that set users are left out. Each file is there whole or not at all. For one
 * thread.
 */
final class TreeUnpacker {
    private static final LinkOption NO_LINKS = LinkOption.NOFOLLOW_LINKS;
    private static final Set<OpenOption> NEW =
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);

    /** Until it has the mode that it is to have. */
    private static final FileAttribute<Set<PosixFilePermission>> PRIVATE_FILE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    private static final FileAttribute<Set<PosixFilePermission>> PRIVATE_FOLDER =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    private static final int PIECE = 64 << 10;

    /** Of the links and directories that are remembered until the end, with their names, in bytes. */
    private static final long MAX_REMEMBERED =
            Math.max(64L << 20, Runtime.getRuntime().maxMemory() / 4);

    /** What each of them takes besides its names, roughly. */
    private static final int REMEMBERED_OVERHEAD = 200;

    private final Path root;
    private final Path part;
    private final Consumer<String> leftOut;
    private final byte[] buffer = new byte[PIECE];

    /** Those that were made, by where they are. */
    private final LinkedHashMap<Path, TarMember> folders = new LinkedHashMap<>();

    private final List<TarMember> links = new ArrayList<>();
    private final long maxRemembered;
    private long remembered;
    private final boolean isNew;
    private Path checked;

    /**
     * Makes the directory where it is missing.
     *
     * @param leftOut is told the names of what is not unpacked
     */
    TreeUnpacker(Path root, Consumer<String> leftOut) throws IOException {
        this(root, leftOut, MAX_REMEMBERED);
    }

    TreeUnpacker(Path root, Consumer<String> leftOut, long maxRemembered) throws IOException {
        this.maxRemembered = maxRemembered;
        this.isNew = !Files.exists(root);
        if (isNew) {
            Files.createDirectory(root);
        }
        // The directory that was named may be a link to one.
        this.root = root.toRealPath();
        this.part = this.root.resolve(".bellhop-" + ProcessHandle.current().pid() + ".part");
        this.leftOut = leftOut;
        this.checked = this.root;
    }

    /** Unpacks all of it, again where it broke off before. */
    void unpack(InputStream in) throws IOException {
        links.clear();
        remembered = 0;
        TarReader tar = new TarReader(in);
        try {
            for (Optional<TarMember> next = tar.next(); next.isPresent(); next = tar.next()) {
                unpack(next.get(), tar);
            }
            for (TarMember link : links) {
                link(link);
            }
            for (Map.Entry<Path, TarMember> folder : folders.sequencedEntrySet().reversed()) {
                Files.setPosixFilePermissions(folder.getKey(), permissions(folder.getValue()));
                setTime(folder.getKey(), folder.getValue());
            }
        } finally {
            Files.deleteIfExists(part);
        }
    }

    private void unpack(TarMember member, TarReader tar) throws IOException {
        if (member.isRoot()) {
            if (isNew) {
                folders.put(root, member);
            }
            return;
        }
        switch (member.kind()) {
            case DIRECTORY -> {
                Path path = place(member.name());
                if (folder(path, PRIVATE_FOLDER) || folders.containsKey(path)) {
                    remember(member);
                    folders.put(path, member);
                }
            }
            case FILE, SPARSE_FILE -> {
                Path to = place(member.name());
                write(member, tar);
                Files.setPosixFilePermissions(part, permissions(member));
                setTime(part, member);
                Files.move(part, to, StandardCopyOption.ATOMIC_MOVE);
            }
            case HARD_LINK -> hardLink(member);
            case SYMLINK -> {
                remember(member);
                links.add(member);
            }
            case OTHER -> leftOut.accept(TarName.shown(member.name()));
        }
    }

    private void remember(TarMember member) throws IOException {
        remembered += REMEMBERED_OVERHEAD + 2L * member.name().length + member.target().length;
        if (remembered > maxRemembered) {
            throw new IOException(
                    "it has more links and directories than can be unpacked together; copy parts of the tree");
        }
    }

    private static Set<PosixFilePermission> permissions(TarMember member) {
        return Downloader.permissions(Integer.toOctalString(member.mode()));
    }

    private static void setTime(Path path, TarMember member) throws IOException {
        Files.setLastModifiedTime(path, FileTime.from(member.modified(), TimeUnit.SECONDS));
    }

    /** Where a member belongs: all that it is in is a directory, and no link to one. */
    private Path place(byte[] name) throws IOException {
        Path path = PathBytes.resolve(root, name);
        Path parent = path.getParent();
        if (parent == null || !path.startsWith(root)) {
            throw new IOException("its member " + TarName.shown(name) + " leads out");
        }
        if (!parent.equals(checked)) {
            Path at = root;
            for (Path each : root.relativize(parent)) {
                // Where the parent is the root, the one part is empty.
                at = each.toString().isEmpty() ? at : at.resolve(each);
                folder(at);
            }
            checked = parent;
        }
        return path;
    }

    /** Returns whether it was made. */
    private static boolean folder(Path path, FileAttribute<?>... attributes) throws IOException {
        if (Files.isDirectory(path, NO_LINKS)) {
            return false;
        }
        try {
            Files.createDirectory(path, attributes);
            return true;
        } catch (FileAlreadyExistsException e) {
            throw new IOException(path + " is in its way and is no directory", e);
        }
    }

    private void write(TarMember member, TarReader tar) throws IOException {
        Files.deleteIfExists(part);
        try (FileChannel out = FileChannel.open(part, NEW, PRIVATE_FILE)) {
            if (member.kind() == Kind.FILE) {
                copy(tar, out, member.size());
                return;
            }
            for (Piece piece : member.pieces()) {
                out.position(piece.offset());
                copy(tar, out, piece.length());
            }
            if (out.size() < member.size()) {
                out.write(ByteBuffer.allocate(1), member.size() - 1);
            }
        }
    }

    private void copy(TarReader tar, FileChannel out, long length) throws IOException {
        for (long left = length; left > 0; ) {
            int count = tar.read(buffer, (int) Math.min(PIECE, left));
            if (count < 0) {
                throw new EOFException("it ends early");
            }
            ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, count);
            while (bytes.hasRemaining()) {
                out.write(bytes);
            }
            left -= count;
        }
    }

    private void hardLink(TarMember member) throws IOException {
        Path target = place(member.target());
        if (!Files.isRegularFile(target, NO_LINKS)) {
            leftOut.accept(TarName.shown(member.name()));
            return;
        }
        Path to = place(member.name());
        Files.deleteIfExists(part);
        Files.createLink(part, target);
        // Of two names of the same file, neither is removed; the end removes the first.
        Files.move(part, to, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Makes a link that leads to somewhere within. */
    private void link(TarMember member) throws IOException {
        Path to = place(member.name());
        byte[] target = member.target();
        if (target[0] == '/' || leadsOut(member)) {
            leftOut.accept(TarName.shown(member.name()));
            return;
        }
        Files.deleteIfExists(part);
        Files.createSymbolicLink(part, PathBytes.relative(target));
        Files.move(part, to, StandardCopyOption.ATOMIC_MOVE);
    }

    /**
     * Whether it could: {@code ..} is taken at its beginning alone, where it goes up directories that are no links. What follows leads through
     * nothing but directories and other links of which the same holds.
     */
    private static boolean leadsOut(TarMember member) {
        int depth = 0;
        for (byte b : member.name()) {
            depth += b == '/' ? 1 : 0;
        }
        boolean isDown = false;
        for (String name : new String(member.target(), StandardCharsets.ISO_8859_1).split("/+", -1)) {
            if (name.equals("..")) {
                depth--;
                if (isDown || depth < 0) {
                    return true;
                }
            } else if (!name.isEmpty() && !name.equals(".")) {
                isDown = true;
            }
        }
        return false;
    }
}
