// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file;

import dev.bellhop.server.stream.GuestFile;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a guest says of a file.
 *
 * @param size in bytes; some files of the kernel have 0 and can be read all the same
 * @param mode the twelve bits of its permissions
 * @param owner by name, or the number where there is no name
 * @param changed when its contents or what else is said here were changed last
 * @param raw all of it as the guest has printed it, to be compared with what it prints later
 */
public record FileStat(
        FileType type,
        long size,
        int mode,
        long uid,
        long gid,
        String owner,
        String group,
        Instant modified,
        Instant changed,
        String inode,
        String raw) {
    /** As {@code form} in common.sh. */
    private static final Pattern STAT = Pattern.compile(
            "([0-9a-f]{1,8}) ([0-9]{1,18}) (-?[0-9]{1,12}) (-?[0-9]{1,12}) ([0-9]{1,10}) ([0-9]{1,10}) [0-9]{1,10}"
                    + "\\|([0-9]{1,20} [0-9]{1,20})\\|([^|]{1,60})\\|([^|]{1,60})\\|([^|\\n]{0,60})\\|([^|\\n]{0,60})",
            Pattern.DOTALL);

    private static final Pattern NANOS = Pattern.compile("\\.([0-9]{9})");
    private static final int MODE_BITS = 0xFFF;
    private static final String NO_NAME = "UNKNOWN";

    /** What a guest has printed, of which nothing is believed unseen; empty where it is something else. */
    public static Optional<FileStat> parse(String raw) {
        Matcher told = STAT.matcher(raw);
        if (!told.matches()) {
            return Optional.empty();
        }
        int mode = (int) Long.parseLong(told.group(1), 16);
        try {
            return Optional.of(new FileStat(
                    FileType.of(mode),
                    Long.parseLong(told.group(2)),
                    mode & MODE_BITS,
                    Long.parseLong(told.group(5)),
                    Long.parseLong(told.group(6)),
                    name(told.group(10), told.group(5)),
                    name(told.group(11), told.group(6)),
                    time(told.group(3), told.group(8)),
                    time(told.group(4), told.group(9)),
                    told.group(7),
                    raw));
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    /**
     * Returns the description that a stream gives of an open file. It has neither names nor fractions of seconds, and its {@link #raw} equals
     * nothing that a script prints.
     */
    static Optional<FileStat> of(GuestFile.Stat told) {
        return parse(String.format(
                Locale.ROOT,
                "%x %d %d %d %d %d 1|%s|-|-|%s|%s",
                told.mode(),
                told.size(),
                told.modifiedSeconds(),
                told.changedSeconds(),
                told.uid(),
                told.gid(),
                told.identity(),
                NO_NAME,
                NO_NAME));
    }

    /** Only plain names are of use: chown takes no others, and headers have no room for them. */
    private static String name(String name, String number) {
        return name.equals(NO_NAME) || !name.matches("[A-Za-z0-9_.@+-]+") ? number : name;
    }

    private static Instant time(String seconds, String text) {
        Matcher nanos = NANOS.matcher(text);
        return Instant.ofEpochSecond(Long.parseLong(seconds), nanos.find() ? Long.parseLong(nanos.group(1)) : 0);
    }

    /** As {@code st_mode} has it, with the kind of file, which is more of them than {@link FileType} has. */
    public int kindAndMode() {
        return (int) Long.parseLong(raw.substring(0, raw.indexOf(' ')), 16);
    }

    /** A name for the state that it is in: it has another one once it was written or replaced, or its owner or mode was changed. */
    public String etag() {
        return "\"" + inode.replace(' ', '.') + "-" + Long.toHexString(size) + "-" + hex(modified) + "-" + hex(changed)
                + "\"";
    }

    private static String hex(Instant time) {
        return Long.toHexString(time.getEpochSecond()) + "." + Integer.toHexString(time.getNano());
    }

    /** As chmod takes it, such as 0644. */
    public String octalMode() {
        return String.format("%04o", mode);
    }

    @Override
    public String toString() {
        return "FileStat[" + type + ", size=" + size + "]";
    }
}
