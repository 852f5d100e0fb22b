// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.sftp;

import dev.bellhop.server.file.FileAttributes;
import dev.bellhop.server.file.FileStat;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Locale;

/** Reads and writes the attributes of files in messages. */
final class SftpAttributes {
    private static final int SIZE = 1;
    private static final int OWNER = 2;
    private static final int MODE = 4;
    private static final int TIMES = 8;
    private static final int EXTENDED = 1 << 31;
    private static final int MODE_BITS = 07777;
    private static final int FOLDER = 040755;
    private static final long UNSIGNED = 0xFFFF_FFFFL;
    private static final int MAX_EXTENDED = 16;
    private static final long HALF_A_YEAR = 182L * 24 * 60 * 60;
    private static final DateTimeFormatter RECENT =
            DateTimeFormatter.ofPattern("MMM dd HH:mm", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final DateTimeFormatter OLDER =
            DateTimeFormatter.ofPattern("MMM dd  yyyy", Locale.ROOT).withZone(ZoneOffset.UTC);

    private SftpAttributes() {}

    static FileAttributes read(SftpPacket packet) throws SftpException {
        int flags = packet.integer();
        Long size = (flags & SIZE) == 0 ? null : packet.number();
        String owner = null;
        if ((flags & OWNER) != 0) {
            owner = Integer.toUnsignedString(packet.integer()) + ":" + Integer.toUnsignedString(packet.integer());
        }
        Integer mode = (flags & MODE) == 0 ? null : packet.integer() & MODE_BITS;
        Long accessed = null;
        Long modified = null;
        if ((flags & TIMES) != 0) {
            accessed = packet.integer() & UNSIGNED;
            modified = packet.integer() & UNSIGNED;
        }
        if ((flags & EXTENDED) != 0) {
            skipExtended(packet);
        }
        return new FileAttributes(size, mode, owner, accessed, modified);
    }

    private static void skipExtended(SftpPacket packet) throws SftpException {
        int count = packet.integer();
        if (count < 0 || count > MAX_EXTENDED) {
            throw new SftpException(
                    SftpStatus.BAD_MESSAGE, "Cannot understand this request because it has too many attributes");
        }
        for (int i = 0; i < 2 * count; i++) {
            packet.bytes();
        }
    }

    /** Writes the attributes. The time of the last read is unknown, so the time of the last write replaces it. */
    static void write(SftpReply reply, FileStat stat, long size) {
        reply.integer(SIZE | OWNER | MODE | TIMES);
        reply.number(size);
        reply.integer((int) stat.uid()).integer((int) stat.gid());
        reply.integer(stat.kindAndMode());
        int modified = seconds(stat.modified());
        reply.integer(modified).integer(modified);
    }

    /** Writes only that it is a directory; the rest is unknown. */
    static void writeFolder(SftpReply reply) {
        reply.integer(MODE).integer(FOLDER);
    }

    /** Writes that no attributes follow. */
    static void writeNone(SftpReply reply) {
        reply.integer(0);
    }

    private static int seconds(Instant time) {
        return (int) Math.clamp(time.getEpochSecond(), 0, UNSIGNED);
    }

    /** Returns the line of {@code ls -l}, which clients show unchanged. The number of hard links is unknown. */
    static byte[] longName(byte[] name, FileStat stat, Instant now) {
        DateTimeFormatter form =
                Math.abs(now.getEpochSecond() - stat.modified().getEpochSecond()) < HALF_A_YEAR ? RECENT : OLDER;
        String text = String.format(
                Locale.ROOT,
                "%s    ? %-8s %-8s %8d %s ",
                permissions(stat.kindAndMode()),
                stat.owner(),
                stat.group(),
                stat.size(),
                form.format(stat.modified()));
        return append(text, name);
    }

    /** Returns a line as {@link #longName}, with question marks for unknown columns. */
    static byte[] longFolderName(byte[] name) {
        String text =
                String.format(Locale.ROOT, "%s    ? %-8s %-8s %8s %-12s ", permissions(FOLDER), "?", "?", "?", "?");
        return append(text, name);
    }

    private static byte[] append(String text, byte[] name) {
        byte[] before = text.getBytes(StandardCharsets.US_ASCII);
        byte[] all = Arrays.copyOf(before, before.length + name.length);
        System.arraycopy(name, 0, all, before.length, name.length);
        return all;
    }

    private static String permissions(int mode) {
        StringBuilder text = new StringBuilder(10);
        text.append(kind(mode));
        for (int shift = 6; shift >= 0; shift -= 3) {
            int three = mode >> shift;
            text.append((three & 4) != 0 ? 'r' : '-').append((three & 2) != 0 ? 'w' : '-');
            boolean special = ((mode >> 9) & (1 << (shift / 3))) != 0;
            boolean runs = (three & 1) != 0;
            char letter = shift == 0 ? 't' : 's';
            text.append(special ? (runs ? letter : Character.toUpperCase(letter)) : runs ? 'x' : '-');
        }
        return text.toString();
    }

    private static char kind(int mode) {
        return switch (mode & 0xF000) {
            case 0x4000 -> 'd';
            case 0xA000 -> 'l';
            case 0x6000 -> 'b';
            case 0x2000 -> 'c';
            case 0x1000 -> 'p';
            case 0xC000 -> 's';
            default -> '-';
        };
    }
}
