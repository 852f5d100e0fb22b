// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.credentials;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileOwnerAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.Set;
import java.util.stream.Stream;

/** Files with secrets, which their owner alone may read. */
final class PrivateFiles {
    private static final Set<PosixFilePermission> OWN = PosixFilePermissions.fromString("rw-------");
    private static final Set<PosixFilePermission> OWN_FOLDER = PosixFilePermissions.fromString("rwx------");

    /** What others than owner and group may do with a file, and a group beyond reading. */
    private static final Set<PosixFilePermission> OPEN = PosixFilePermissions.fromString("----wxrwx");

    private PrivateFiles() {}

    /** A file with these permissions. It is whole once it is there, and takes the place of one that was. */
    static void write(Path file, String text) throws IOException {
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(fresh);
        try {
            Files.createFile(fresh, PosixFilePermissions.asFileAttribute(OWN));
            Files.writeString(fresh, text, StandardOpenOption.WRITE, StandardOpenOption.SYNC);
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(fresh);
        }
    }

    static Path createFolder(Path folder) throws IOException {
        return Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(OWN_FOLDER));
    }

    /** A folder, and those that it is in where they are missing. */
    static void createFolders(Path folder) throws IOException {
        Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(OWN_FOLDER));
    }

    /** Gives a folder of root's, with its files, to the user whose folder it is in. */
    static void leaveToOwnerOfParent(Path folder) throws IOException {
        Path parent = folder.toAbsolutePath().normalize().getParent();
        UserPrincipal own = Files.getOwner(folder, LinkOption.NOFOLLOW_LINKS);
        if (parent == null || !own.getName().equals("root") || own.equals(Files.getOwner(parent))) {
            return;
        }
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path each : all.toList()) {
                // Not of what a link in that user's folder leads to.
                Files.getFileAttributeView(each, FileOwnerAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                        .setOwner(Files.getOwner(parent));
            }
        }
    }

    /** The text of a file that others cannot read: a group may, by which another user's file is given to the server. */
    static String read(Path file) throws IOException {
        Set<PosixFilePermission> permissions;
        String text;
        try {
            permissions = Files.getPosixFilePermissions(file);
            text = Files.readString(file);
        } catch (IOException e) {
            throw new IOException(
                    "Cannot read the file " + file + " (" + e.getClass().getSimpleName()
                            + "); put it there, and let only the user that runs the server read it");
        }
        permissions.retainAll(OPEN);
        if (!permissions.isEmpty()) {
            throw new IOException("Cannot use the file " + file
                    + " because others may read or write it; make it its owner's alone: chmod 600 " + file);
        }
        return text;
    }
}
