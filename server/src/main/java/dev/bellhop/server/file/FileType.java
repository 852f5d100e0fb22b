// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file;

/** The type of a file. */
public enum FileType {
    FILE,
    DIRECTORY,
    SYMLINK,
    OTHER;

    private static final int KIND = 0xF000;

    /** @param mode as in {@code st_mode} */
    static FileType of(int mode) {
        return switch (mode & KIND) {
            case 0x8000 -> FILE;
            case 0x4000 -> DIRECTORY;
            case 0xA000 -> SYMLINK;
            default -> OTHER;
        };
    }
}
