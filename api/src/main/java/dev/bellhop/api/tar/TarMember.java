// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.tar;

import java.util.List;

/**
 * One member of a tar.
 *
 * @param name relative, without {@code .}, {@code ..} and slashes at its end; empty for the tree's own root
 * @param mode the permissions, with those bits that set a user or group
 * @param modified in seconds since 1970
 * @param size of a file, with its holes; 0 of everything else
 * @param target where a symbolic link leads, as it is written there; of a hard link, the name of another member. Empty of everything else
 * @param pieces what of a sparse file is not holes, in order; empty for what is not sparse
 */
@SuppressWarnings("ArrayRecordComponent") // Bytes that no charset can hold.
public record TarMember(
        byte[] name,
        Kind kind,
        int mode,
        long uid,
        long gid,
        long modified,
        long size,
        byte[] target,
        List<Piece> pieces) {
    private static final byte[] NOTHING = {};

    /** What it is. */
    public enum Kind {
        FILE,
        SPARSE_FILE,
        DIRECTORY,
        SYMLINK,
        HARD_LINK,
        /** A device or a pipe. */
        OTHER
    }

    /** Bytes of a sparse file, from an offset on. */
    public record Piece(long offset, long length) {}

    public TarMember {
        pieces = List.copyOf(pieces);
    }

    /** A file without holes. */
    public static TarMember file(byte[] name, int mode, long modified, long size) {
        return new TarMember(name, Kind.FILE, mode, 0, 0, modified, size, NOTHING, List.of());
    }

    public static TarMember directory(byte[] name, int mode, long modified) {
        return new TarMember(name, Kind.DIRECTORY, mode, 0, 0, modified, 0, NOTHING, List.of());
    }

    /** A symbolic link. */
    public static TarMember symlink(byte[] name, byte[] target, long modified) {
        return new TarMember(name, Kind.SYMLINK, 0777, 0, 0, modified, 0, target, List.of());
    }

    /** Another name of a member before. */
    public static TarMember hardLink(byte[] name, byte[] target, int mode, long modified) {
        return new TarMember(name, Kind.HARD_LINK, mode, 0, 0, modified, 0, target, List.of());
    }

    public boolean isRoot() {
        return name.length == 0;
    }

    /** How many bytes of it are in the tar. */
    public long stored() {
        return kind == Kind.SPARSE_FILE
                ? pieces.stream().mapToLong(Piece::length).sum()
                : size;
    }

    /** The same file, of which all but these pieces is holes. All but the last have a length that is a multiple of 512. */
    public TarMember sparse(List<Piece> itsPieces) {
        return new TarMember(name, Kind.SPARSE_FILE, mode, uid, gid, modified, size, target, itsPieces);
    }

    /** The same file, whose holes are zeros from now on. */
    TarMember filled() {
        return new TarMember(name, Kind.FILE, mode, uid, gid, modified, size, target, List.of());
    }
}
