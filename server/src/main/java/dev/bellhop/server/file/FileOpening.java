// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file;

import org.jspecify.annotations.Nullable;

/**
 * How a file is opened to be used where it lies, at any offset.
 *
 * @param truncate whether what is in it goes
 * @param mode of a file that is made
 * @param inode which file it has to be, as {@link FileStat#inode} has it; absent for whatever is there
 */
public record FileOpening(
        Access access,
        Creation creation,
        boolean truncate,
        int mode,
        @Nullable String inode) {
    /** What is done with it. */
    public enum Access {
        READ("r"),
        WRITE("r+"),
        /** Writes at its end, whatever the offset. */
        APPEND("a+");

        private final String agentMode;

        Access(String agentMode) {
            this.agentMode = agentMode;
        }

        /** As {@code fopen} takes it; none of them makes a file that is not there before. */
        String agentMode() {
            return agentMode;
        }

        public boolean writes() {
            return this != READ;
        }
    }

    /** Whether a file is made. */
    public enum Creation {
        NEVER,
        /** Where nothing is there. */
        MISSING,
        /** And it fails where something is. */
        NEW
    }

    /** Opens what is there. */
    public static FileOpening there(Access access, @Nullable String inode) {
        return new FileOpening(access, Creation.NEVER, false, 0, inode);
    }
}
