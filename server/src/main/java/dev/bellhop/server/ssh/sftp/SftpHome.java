// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.sftp;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.file.FileType;
import dev.bellhop.server.file.GuestFiles;
import dev.bellhop.server.file.GuestPath;
import dev.bellhop.server.service.UseCase;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The session's working directory: root's home, or {@code /} if that does not exist or the caller is not allowed to go
 * there. Relative paths begin there. For the session's thread.
 */
final class SftpHome {
    private static final String AGENTS_USER = "root";
    private static final GuestPath ROOT = GuestPath.of("/").orElseThrow();
    private static final GuestPath HOME = GuestPath.of("/root").orElseThrow();

    private final SftpCalls calls;
    private final GuestNames names;
    private @Nullable GuestPath home;

    SftpHome(SftpCalls calls, GuestNames names) {
        this.calls = calls;
        this.names = names;
    }

    private GuestPath home() {
        GuestPath known = home;
        if (known == null) {
            known = isThere(HOME) ? HOME : ROOT;
            home = known;
        }
        return known;
    }

    private boolean isThere(GuestPath folder) {
        try {
            return find(folder).stat().type() == FileType.DIRECTORY;
        } catch (BellhopException e) {
            if (e.code() == ErrorCode.POLICY_REFUSED || SftpStatus.of(e.code()) == SftpStatus.NO_SUCH_FILE) {
                return false;
            }
            throw e;
        }
    }

    private GuestFiles.Found find(GuestPath path) {
        return calls.ask(UseCase.FILE_FIND, (files, vm) -> files.reads().find(vm, path, true));
    }

    /** Resolves a client's path. */
    GuestPath path(byte[] path) throws SftpException {
        return SftpPaths.absolute(path, path.length > 0 && path[0] == '/' ? ROOT : home());
    }

    /** Resolves a path and its links; returns the path unchanged if nothing is there yet. */
    GuestPath realPath(byte[] path) throws SftpException {
        GuestPath asked = path(path);
        GuestPath known = home;
        if (known != null && known.equals(asked)) {
            return asked;
        }
        try {
            return find(asked).path();
        } catch (BellhopException e) {
            if (e.code() == ErrorCode.FILE_NOT_FOUND) {
                return asked;
            }
            throw e;
        }
    }

    /** Resolves a path that may begin with {@code ~} or {@code ~user}. */
    GuestPath expand(byte[] path) throws SftpException {
        String text = new String(path, StandardCharsets.ISO_8859_1);
        if (!text.startsWith("~")) {
            return realPath(path);
        }
        int end = text.indexOf('/');
        String user = text.substring(1, end < 0 ? text.length() : end);
        String rest = end < 0 ? "" : text.substring(end);
        String folder = new String(user.isEmpty() ? home().bytes() : homeOf(user), StandardCharsets.ISO_8859_1);
        return realPath((folder + rest).getBytes(StandardCharsets.ISO_8859_1));
    }

    private byte[] homeOf(String user) throws SftpException {
        byte[] known = names.home(user);
        if (known != null) {
            return known;
        }
        if (user.equals(AGENTS_USER)) {
            return home().bytes();
        }
        throw new SftpException(
                SftpStatus.NO_SUCH_FILE,
                "Cannot expand this path because the guest's /etc/passwd does not say this user's home to this key; use an absolute path");
    }
}
