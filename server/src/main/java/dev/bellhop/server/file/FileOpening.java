// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file;

import org.jspecify.annotations.Nullable;

/**
 * How a file is opened in place, for access at any offset.
 *
 * @param truncate whether to remove its content
 * @param mode mode of a new file
 * @param inode the file that must be there, as in {@link FileStat#inode}; absent for any file
 */
public record FileOpening(
        Access access,
        Creation creation,
        boolean truncate,
        int mode,
        @Nullable String inode) {
    /** The access to the file. */
    public enum Access {
        READ("r"),
        WRITE("r+"),
        /** Writes at the end, whatever the offset. */
        APPEND("a+");

        private final String agentMode;

        Access(String agentMode) {
            this.agentMode = agentMode;
        }

        /** Returns the mode for {@code fopen}. No mode creates a file. */
        String agentMode() {
            return agentMode;
        }

        public boolean writes() {
            return this != READ;
        }
    }

    /** When to create the file. */
    public enum Creation {
        NEVER,
        /** Creates the file if it is missing. */
        MISSING,
        /** Creates the file, and fails if it exists. */
        NEW
    }

    /** Opens an existing file. */
    public static FileOpening there(Access access, @Nullable String inode) {
        return new FileOpening(access, Creation.NEVER, false, 0, inode);
    }
}
