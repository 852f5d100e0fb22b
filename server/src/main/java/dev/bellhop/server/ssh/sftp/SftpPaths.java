// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.sftp;

import dev.bellhop.server.file.GuestPath;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

/** Parses clients' paths. */
final class SftpPaths {
    private SftpPaths() {}

    /**
     * Returns an absolute path without {@code .} and {@code ..}, which are resolved only by text. The guest checks
     * where the path really leads.
     *
     * @param home the base of relative paths
     */
    static GuestPath absolute(byte[] path, GuestPath home) throws SftpException {
        if (path.length > GuestPath.MAX_BYTES) {
            throw unusable();
        }
        byte[] whole = path.length > 0 && path[0] == '/' ? path : join(home.bytes(), path);
        Deque<byte[]> parts = new ArrayDeque<>();
        int from = 0;
        for (int i = 0; i <= whole.length; i++) {
            if (i == whole.length || whole[i] == '/') {
                step(parts, Arrays.copyOfRange(whole, from, i));
                from = i + 1;
            }
        }
        byte[] all = {};
        for (byte[] part : parts) {
            all = join(all, part);
        }
        return GuestPath.of(all.length == 0 ? new byte[] {'/'} : all).orElseThrow(SftpPaths::unusable);
    }

    /** Checks if a link can have this text. */
    static boolean isTarget(byte[] target) {
        boolean isTarget = target.length > 0 && target.length <= GuestPath.MAX_BYTES;
        for (byte b : target) {
            isTarget &= b != 0;
        }
        return isTarget;
    }

    private static SftpException unusable() {
        return new SftpException(
                SftpStatus.BAD_MESSAGE,
                "Cannot find this path because it has a NUL in it, or is longer than " + GuestPath.MAX_BYTES
                        + " bytes");
    }

    private static void step(Deque<byte[]> parts, byte[] part) {
        boolean isDot = part.length == 1 && part[0] == '.';
        boolean isUp = part.length == 2 && part[0] == '.' && part[1] == '.';
        if (isUp) {
            parts.pollLast();
        } else if (part.length > 0 && !isDot) {
            parts.addLast(part);
        }
    }

    private static byte[] join(byte[] folder, byte[] name) {
        byte[] all = Arrays.copyOf(folder, folder.length + 1 + name.length);
        all[folder.length] = '/';
        System.arraycopy(name, 0, all, folder.length + 1, name.length);
        return all;
    }
}
