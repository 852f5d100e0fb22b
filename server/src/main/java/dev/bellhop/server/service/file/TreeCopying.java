// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service.file;

import dev.bellhop.api.tar.TarCopy;
import dev.bellhop.api.tar.TarMember;
import dev.bellhop.api.tar.TarName;
import dev.bellhop.api.tar.TarReader;
import dev.bellhop.api.tar.TarWriter;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.file.PathLimits;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Optional;

/** Reads a tree's tar and writes a new one without devices and pipes. Either side may be hostile. For one thread. */
final class TreeCopying {
    private static final int BUFFER = 128 << 10;

    /**
     * The limit for devices and pipes, which the guest does not get. A tar that contains nothing else could be endless.
     */
    private static final long MAX_LEFT_OUT = 100_000;

    /** The limit for entries of the directory itself. Concatenated tars have several. */
    private static final long MAX_ROOTS = 1_000;

    /** The limit for bytes of headers that the guest does not get: gzip expands a thousand bytes to a million. */
    private static final long MAX_EXTENSION_BYTES = 16 << 20;

    /** The additional limit for each member that the guest gets: names, and attributes such as SELinux labels. */
    private static final long MAX_EXTENSION_BYTES_PER_MEMBER = 16 << 10;

    private final TarReader in;
    private final OutputStream out;
    private final TarWriter writer;
    private final long maxBytes;
    private final PathLimits limits;
    private long members;
    private long leftOut;
    private long roots;
    private long bytes;

    /**
     * Creates a copy that has not started.
     *
     * @param maxBytes the limit for all files together, including their holes
     * @param limits the limits for unpacking; none for a tar that a client reads
     */
    TreeCopying(InputStream in, OutputStream out, long maxBytes, PathLimits limits) {
        this.in = new TarReader(in);
        this.out = new BufferedOutputStream(out, BUFFER);
        this.writer = new TarWriter(this.out);
        this.maxBytes = maxBytes;
        this.limits = limits;
    }

    /**
     * Copies the whole tar.
     *
     * @param withRoot whether to include the folder itself, with its mode, owner and time
     * @param withHoles whether sparse files stay sparse; otherwise their holes become zeros
     */
    void copy(boolean withRoot, boolean withHoles) throws IOException {
        TarCopy copy = new TarCopy(in, writer);
        for (Optional<TarMember> next = in.next(); next.isPresent(); next = in.next()) {
            TarMember member = next.get();
            if (member.size() > maxBytes - bytes) {
                throw new BellhopException(
                        ErrorCode.PAYLOAD_TOO_LARGE,
                        "Cannot unpack this tar because its files have more than the " + maxBytes
                                + " bytes that this server takes");
            }
            bytes += member.size();
            requireSmallHeaders();
            if (member.kind() == TarMember.Kind.OTHER) {
                leftOut++;
                require(leftOut, MAX_LEFT_OUT, "devices and pipes");
                continue;
            }
            if (member.isRoot()) {
                roots++;
                require(roots, MAX_ROOTS, "entries for the directory itself");
            }
            if (withRoot || !member.isRoot()) {
                requireWithin(member);
                members++;
                copy.copy(member, withHoles);
            }
        }
        writer.finish();
        out.flush();
    }

    private static void require(long count, long most, String what) {
        if (count > most) {
            throw new BellhopException(
                    ErrorCode.PAYLOAD_TOO_LARGE,
                    "Cannot unpack this tar because it has more than " + most + " " + what);
        }
    }

    private void requireSmallHeaders() {
        require(
                in.extensionBytes(),
                MAX_EXTENSION_BYTES + members * MAX_EXTENSION_BYTES_PER_MEMBER,
                "bytes of extended headers for " + members + " members; make the tar without extended attributes");
    }

    /**
     * Checks links and modes of a limited caller: the guest confines where its files are created, but other users
     * follow a link and run a program.
     */
    private void requireWithin(TarMember member) {
        switch (member.kind()) {
            case SYMLINK ->
                limits.requireLink("Cannot unpack the link " + TarName.shown(member.name()), member.target());
            case FILE, SPARSE_FILE ->
                limits.requireMode("Cannot unpack the file " + TarName.shown(member.name()), member.mode());
            // Both names of a hard link are in the tree. A directory's bits only decide who owns new files in it.
            case HARD_LINK, DIRECTORY, OTHER -> {}
        }
    }

    /** Returns the number of members, without the members that were left out. */
    long members() {
        return members;
    }

    long leftOut() {
        return leftOut;
    }

    /** Returns the total size of all files. */
    long bytes() {
        return bytes;
    }
}
