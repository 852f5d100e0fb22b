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
 * A guest's description of a file.
 *
 * @param size in bytes; some kernel files have size 0 but can be read
 * @param mode the twelve permission bits
 * @param owner name, or the number if there is no name
 * @param changed last change of the content or of the attributes here
 * @param raw the whole description as the guest printed it, to compare it with later ones
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
    /** The format of {@code form} in common.sh. */
    private static final Pattern STAT = Pattern.compile(
            "([0-9a-f]{1,8}) ([0-9]{1,18}) (-?[0-9]{1,12}) (-?[0-9]{1,12}) ([0-9]{1,10}) ([0-9]{1,10}) [0-9]{1,10}"
                    + "\\|([0-9]{1,20} [0-9]{1,20})\\|([^|]{1,60})\\|([^|]{1,60})\\|([^|\\n]{0,60})\\|([^|\\n]{0,60})",
            Pattern.DOTALL);

    private static final Pattern NANOS = Pattern.compile("\\.([0-9]{9})");
    private static final int MODE_BITS = 0xFFF;
    private static final String NO_NAME = "UNKNOWN";

    /** Parses and validates a guest's description; empty if it has another format. */
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
     * Returns the description of an open file from a stream. It has neither names nor fractions of seconds, and its
     * {@link #raw} never equals a script's output.
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

    /** Replaces an unusual name by the number: chown and headers accept only plain names. */
    private static String name(String name, String number) {
        return name.equals(NO_NAME) || !name.matches("[A-Za-z0-9_.@+-]+") ? number : name;
    }

    private static Instant time(String seconds, String text) {
        Matcher nanos = NANOS.matcher(text);
        return Instant.ofEpochSecond(Long.parseLong(seconds), nanos.find() ? Long.parseLong(nanos.group(1)) : 0);
    }

    /** Returns {@code st_mode}, whose file types are more detailed than {@link FileType}. */
    public int kindAndMode() {
        return (int) Long.parseLong(raw.substring(0, raw.indexOf(' ')), 16);
    }

    /**
     * Returns a name for the file's state. The name changes when the file is written or replaced, or when its owner or
     * mode changes.
     */
    public String etag() {
        return "\"" + inode.replace(' ', '.') + "-" + Long.toHexString(size) + "-" + hex(modified) + "-" + hex(changed)
                + "\"";
    }

    private static String hex(Instant time) {
        return Long.toHexString(time.getEpochSecond()) + "." + Integer.toHexString(time.getNano());
    }

    /** Returns the mode in the syntax of chmod, such as 0644. */
    public String octalMode() {
        return String.format("%04o", mode);
    }

    @Override
    public String toString() {
        return "FileStat[" + type + ", size=" + size + "]";
    }
}
