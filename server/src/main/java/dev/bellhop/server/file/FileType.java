// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file;

/** What is behind a name. */
public enum FileType {
    FILE,
    DIRECTORY,
    SYMLINK,
    OTHER;

    private static final int KIND = 0xF000;

    /** @param mode as {@code st_mode} has it */
    static FileType of(int mode) {
        return switch (mode & KIND) {
            case 0x8000 -> FILE;
            case 0x4000 -> DIRECTORY;
            case 0xA000 -> SYMLINK;
            default -> OTHER;
        };
    }
}
