// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a script of {@link FileScripts} prints: fields with a NUL behind each. It comes from the guest, so nothing of it is believed unseen. */
final class FileReply {
    /** As {@code form} in common.sh. */
    private static final Pattern STAT = Pattern.compile(
            "([0-9a-f]{1,8}) ([0-9]{1,18}) (-?[0-9]{1,12}) (-?[0-9]{1,12}) ([0-9]{1,10}) ([0-9]{1,10}) [0-9]{1,10}"
                    + "\\|([0-9]{1,20} [0-9]{1,20})\\|([^|]{1,60})\\|([^|]{1,60})\\|([^|\\n]{0,60})\\|([^|\\n]{0,60})",
            Pattern.DOTALL);

    private static final Pattern NANOS = Pattern.compile("\\.([0-9]{9})");
    private static final int MODE_BITS = 0xFFF;
    private static final String NO_NAME = "UNKNOWN";

    /** A page of a list, with one that says that there are more. */
    static final int MAX_ENTRIES = 1001;

    /** Of a list: two before the links, and a name and a target of each. */
    private static final int MAX_FIELDS = 2 + 2 * MAX_ENTRIES;

    /** A name and a target may have 4 KiB each, and names are there twice. */
    private static final int MAX_BYTES = 16 * 1024 * MAX_ENTRIES;

    private static final byte[] NOTHING = {};

    private final List<byte[]> fields;

    private FileReply(List<byte[]> fields) {
        this.fields = fields;
    }

    /** What a script printed. */
    static FileReply parse(byte[] stdout) throws UnreadableReplyException {
        List<byte[]> fields = stdout.length > MAX_BYTES ? List.of() : split(stdout);
        if (fields.isEmpty() || fields.size() > MAX_FIELDS) {
            throw new UnreadableReplyException();
        }
        return new FileReply(fields);
    }

    /** The guest has printed something else than the script prints. */
    static final class UnreadableReplyException extends Exception {
        private static final long serialVersionUID = 1L;
    }

    /** One more than there may be, where a guest has sent more. */
    private static List<byte[]> split(byte[] bytes) {
        List<byte[]> fields = new ArrayList<>();
        int from = 0;
        for (int i = 0; i < bytes.length && fields.size() <= MAX_FIELDS; i++) {
            if (bytes[i] == 0) {
                fields.add(Arrays.copyOfRange(bytes, from, i));
                from = i + 1;
            }
        }
        return fields;
    }

    boolean isOk() throws UnreadableReplyException {
        return switch (text(0)) {
            case "ok" -> true;
            case "no" -> false;
            default -> throw new UnreadableReplyException();
        };
    }

    int size() {
        return fields.size();
    }

    byte[] bytes(int index) throws UnreadableReplyException {
        if (index >= fields.size()) {
            throw new UnreadableReplyException();
        }
        return fields.get(index);
    }

    /** In ISO 8859-1, which has every byte. */
    String text(int index) throws UnreadableReplyException {
        return new String(bytes(index), StandardCharsets.ISO_8859_1);
    }

    long number(int index) throws UnreadableReplyException {
        String text = text(index);
        if (!text.matches("[0-9]{1,18}")) {
            throw new UnreadableReplyException();
        }
        return Long.parseLong(text);
    }

    GuestPath path(int index) throws UnreadableReplyException {
        return GuestPath.of(bytes(index)).orElseThrow(UnreadableReplyException::new);
    }

    FileStat stat(int index) throws UnreadableReplyException {
        return stat(text(index));
    }

    static FileStat stat(String raw) throws UnreadableReplyException {
        Matcher told = STAT.matcher(raw);
        if (!told.matches()) {
            throw new UnreadableReplyException();
        }
        int mode = (int) Long.parseLong(told.group(1), 16);
        try {
            return new FileStat(
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
                    raw);
        } catch (DateTimeException e) {
            throw new UnreadableReplyException();
        }
    }

    /** Only plain names are of use: chown takes no others, and headers have no room for them. */
    private static String name(String name, String number) {
        return name.equals(NO_NAME) || !name.matches("[A-Za-z0-9_.@+-]+") ? number : name;
    }

    private static Instant time(String seconds, String text) {
        Matcher nanos = NANOS.matcher(text);
        return Instant.ofEpochSecond(Long.parseLong(seconds), nanos.find() ? Long.parseLong(nanos.group(1)) : 0);
    }

    /** What list.sh prints: all that stat tells as one field, then the links and where they lead. */
    List<GuestFiles.Entry> entries() throws UnreadableReplyException {
        List<GuestFiles.Entry> entries = new ArrayList<>();
        Map<String, byte[]> targets = targets();
        for (String record : records(text(1))) {
            int name = record.indexOf(" ./");
            if (name < 0) {
                throw new UnreadableReplyException();
            }
            byte[] bytes = record.substring(name + 3).getBytes(StandardCharsets.ISO_8859_1);
            FileStat stat = stat(record.substring(0, name));
            entries.add(new GuestFiles.Entry(
                    bytes,
                    stat,
                    stat.type() == FileType.SYMLINK
                            ? targets.getOrDefault(record.substring(name + 1), NOTHING)
                            : null));
        }
        return entries;
    }

    /** Each begins with two slashes, which stand in no name, and ends with a line feed, which may. */
    private static List<String> records(String text) throws UnreadableReplyException {
        if (text.isEmpty()) {
            return List.of();
        }
        if (!text.startsWith("//") || !text.endsWith("\n")) {
            throw new UnreadableReplyException();
        }
        String[] records = text.substring(2, text.length() - 1).split("\n//", MAX_ENTRIES + 1);
        if (records.length > MAX_ENTRIES) {
            throw new UnreadableReplyException();
        }
        return List.of(records);
    }

    private Map<String, byte[]> targets() throws UnreadableReplyException {
        Map<String, byte[]> targets = new HashMap<>();
        for (int i = 2; i + 1 < fields.size(); i += 2) {
            targets.put(text(i), fields.get(i + 1));
        }
        return targets;
    }
}
