// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How much room a file system has.
 *
 * @param blockSize bytes of one block
 * @param blocks that there are
 * @param free blocks
 * @param available of these, to who is not root
 * @param files that there can be
 * @param filesFree how many of these can be made
 * @param nameMax bytes of a name
 */
public record FileSpace(
        long blockSize, long blocks, long free, long available, long files, long filesFree, long nameMax) {
    private static final Pattern TOLD = Pattern.compile(
            "([0-9]{1,18}) ([0-9]{1,18}) ([0-9]{1,18}) ([0-9]{1,18}) ([0-9]{1,18}) ([0-9]{1,18}) ([0-9]{1,9})");

    /** What space.sh prints; empty for something else. */
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
