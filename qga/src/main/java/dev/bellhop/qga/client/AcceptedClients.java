// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga.client;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The clients connected to a Unix socket, as {@code /proc/net/unix} shows them. Linux only; elsewhere there are none.
 *
 * <p>Each line is a socket: address, references, protocol, flags, type, state, inode, path. The listener's end of a
 * connection has the listener's path. It is in state 02 with inode 0 until it is accepted, and in state 03 afterwards. Its
 * other end, while open, holds a reference to it: with its own two, these are three.
 */
final class AcceptedClients {
    private static final Path TABLE = Path.of("/proc/net/unix");
    private static final int REFERENCES = 1;
    private static final int STATE = 5;
    private static final int INODE = 6;
    private static final int PATH = 7;
    private static final String WAITS = "02";
    private static final String CONNECTED = "03";
    private static final int WITH_OTHER_END = 3;

    private AcceptedClients() {}

    /**
     * The connections that were let in and whose clients have not left, by their inodes. None as well where it cannot be
     * told, as for a socket that was bound under another name than this or in another network namespace.
     */
    static Set<String> of(Path socket) {
        return of(socket, false);
    }

    /** As {@link #of(Path)}, but empty if no other client waits to be accepted. */
    static Set<String> whileOthersWait(Path socket) {
        return of(socket, true);
    }

    private static Set<String> of(Path socket, boolean whileOthersWait) {
        Set<String> clients = new HashSet<>();
        boolean waits = false;
        for (String line : lines()) {
            // The path may hold blanks.
            String[] columns = line.split(" +", PATH + 1);
            if (columns.length > PATH
                    && columns[PATH].equals(socket.toString())
                    && Integer.parseUnsignedInt(columns[REFERENCES], 16) >= WITH_OTHER_END) {
                if (columns[STATE].equals(CONNECTED)) {
                    clients.add(columns[INODE]);
                }
                waits |= columns[STATE].equals(WAITS);
            }
        }
        return waits || !whileOthersWait ? clients : new HashSet<>();
    }

    private static List<String> lines() {
        try {
            // Names need not be UTF-8.
            List<String> lines = Files.readAllLines(TABLE, StandardCharsets.ISO_8859_1);
            return lines.isEmpty() ? lines : lines.subList(1, lines.size());
        } catch (IOException e) {
            return List.of();
        }
    }
}
