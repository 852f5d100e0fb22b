// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.sftp;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.file.FileOpening;
import dev.bellhop.server.file.GuestPath;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Users and groups of the guest, from its own files, if the caller is allowed to read these. The guest can write
 * anything there, so only short plain names in the first bytes of a file count. For the session's thread.
 */
final class GuestNames {
    private static final GuestPath USERS = GuestPath.of("/etc/passwd").orElseThrow();
    private static final GuestPath GROUPS = GuestPath.of("/etc/group").orElseThrow();
    private static final int MAX_BYTES = 256 << 10;

    /** Limited because a session keeps the records, and the guest decides how many there are. */
    private static final int MAX_RECORDS = 2_000;

    private static final int PIECE = 64 * 1024;
    private static final Pattern LINE =
            Pattern.compile("(?m)^([!-9;-~]{1,64}):[^:\n]*:([0-9]{1,10})(?::[^:\n]*:[^:\n]*:(/[^:\n]*))?[:\n]");
    private static final long FRESH_NANOS = 60_000_000_000L;

    private final SftpCalls calls;
    private @Nullable Directory users;
    private @Nullable Directory groups;

    GuestNames(SftpCalls calls) {
        this.calls = calls;
    }

    /** The content of one of the files; the first line for a number or a name counts, as in the guest itself. */
    private record Directory(Map<Long, String> names, Map<String, String> homes, long readAt) {
        private static Directory of(String text) {
            Map<Long, String> names = new HashMap<>();
            Map<String, String> homes = new HashMap<>();
            LINE.matcher(text).results().limit(MAX_RECORDS).forEach(line -> {
                names.putIfAbsent(Long.parseLong(line.group(2)), line.group(1));
                if (line.group(3) != null) {
                    homes.putIfAbsent(line.group(1), line.group(3));
                }
            });
            return new Directory(names, homes, System.nanoTime());
        }

        private boolean isFresh() {
            return System.nanoTime() - readAt < FRESH_NANOS;
        }
    }

    /** Returns the name of a user; empty for an unknown user. */
    String user(int id) throws SftpException {
        return users().names.getOrDefault(Integer.toUnsignedLong(id), "");
    }

    /** Returns the name of a group; empty for an unknown group. */
    String group(int id) throws SftpException {
        Directory known = groups;
        if (known == null || !known.isFresh()) {
            known = Directory.of(text(GROUPS));
            groups = known;
        }
        return known.names.getOrDefault(Integer.toUnsignedLong(id), "");
    }

    /** Returns the home of a user, in the file's bytes; absent for an unknown user. */
    byte @Nullable [] home(String user) throws SftpException {
        String home = users().homes.get(user);
        return home == null ? null : home.getBytes(StandardCharsets.ISO_8859_1);
    }

    private Directory users() throws SftpException {
        Directory known = users;
        if (known == null || !known.isFresh()) {
            known = Directory.of(text(USERS));
            users = known;
        }
        return known;
    }

    /** Returns the file's text; empty if the file does not exist, or the caller is not allowed to read it. */
    private String text(GuestPath path) throws SftpException {
        try {
            SftpFile file = SftpFile.open(calls, path, true, FileOpening.there(FileOpening.Access.READ, null));
            try {
                return text(file);
            } finally {
                file.abandon();
            }
        } catch (BellhopException e) {
            if (e.code() == ErrorCode.POLICY_REFUSED || SftpStatus.of(e.code()) == SftpStatus.NO_SUCH_FILE) {
                return "";
            }
            throw e;
        }
    }

    private static String text(SftpFile file) throws SftpException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        byte[] piece;
        do {
            piece = file.read(all.size(), PIECE);
            all.writeBytes(piece);
        } while (piece.length > 0 && all.size() < MAX_BYTES);
        return all.toString(StandardCharsets.ISO_8859_1);
    }
}
