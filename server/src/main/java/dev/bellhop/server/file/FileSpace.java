// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The free space of a file system.
 *
 * @param blockSize bytes of one block
 * @param blocks total blocks
 * @param free free blocks
 * @param available free blocks for users other than root
 * @param files total inodes
 * @param filesFree free inodes
 * @param nameMax most bytes of a name
 */
public record FileSpace(
        long blockSize, long blocks, long free, long available, long files, long filesFree, long nameMax) {
    private static final Pattern TOLD = Pattern.compile(
            "([0-9]{1,18}) ([0-9]{1,18}) ([0-9]{1,18}) ([0-9]{1,18}) ([0-9]{1,18}) ([0-9]{1,18}) ([0-9]{1,9})");

    /** Parses the output of space.sh; empty if it has another format. */
    static Optional<FileSpace> parse(String text) {
        Matcher told = TOLD.matcher(text);
        return told.matches()
                ? Optional.of(new FileSpace(
                        number(told, 1),
                        number(told, 2),
                        number(told, 3),
                        number(told, 4),
                        number(told, 5),
                        number(told, 6),
                        number(told, 7)))
                : Optional.empty();
    }

    private static long number(Matcher told, int group) {
        return Long.parseLong(told.group(group));
    }
}
