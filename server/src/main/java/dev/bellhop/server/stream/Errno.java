// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.stream;

import java.util.Map;

/** Linux error numbers, which are the same on all common architectures. */
public final class Errno {
    /** The number for a name that has no address; not a Linux error number. */
    public static final int NO_ADDRESS = 0x10000;

    static final int TOO_LONG = 7;

    private static final Map<Integer, String> TEXTS = Map.ofEntries(
            Map.entry(1, "operation not permitted"),
            Map.entry(2, "no such file or directory"),
            Map.entry(5, "input/output error"),
            Map.entry(6, "no such device or address"),
            Map.entry(TOO_LONG, "argument list too long"),
            Map.entry(8, "the file is no program"),
            Map.entry(12, "out of memory"),
            Map.entry(13, "permission denied"),
            Map.entry(16, "device or resource busy"),
            Map.entry(17, "the file exists"),
            Map.entry(18, "it would have to move to another file system"),
            Map.entry(20, "not a directory"),
            Map.entry(21, "is a directory"),
            Map.entry(22, "invalid argument"),
            Map.entry(24, "too many open files"),
            Map.entry(26, "the program is being written to"),
            Map.entry(27, "file too large"),
            Map.entry(28, "no space left on the disk"),
            Map.entry(30, "the file system is read-only"),
            Map.entry(36, "file name too long"),
            Map.entry(40, "too many symbolic links"),
            Map.entry(101, "network is unreachable"),
            Map.entry(110, "the connection timed out"),
            Map.entry(111, "the connection was refused"),
            Map.entry(113, "no route to the host"),
            Map.entry(122, "disk quota exceeded"),
            Map.entry(NO_ADDRESS, "the name has no address"));

    private Errno() {}

    /** Returns the error in words that can follow "because". */
    public static String text(int errno) {
        return TEXTS.getOrDefault(errno, "error " + errno);
    }
}
