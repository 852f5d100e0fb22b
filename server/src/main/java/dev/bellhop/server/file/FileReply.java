// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A script's reply about files: fields that each end with a NUL. It comes from the guest, so every field is validated.
 */
public final class FileReply {
    /** A page of a list, and one more entry that shows that there are more. */
    public static final int MAX_ENTRIES = 1001;

    /** In bytes; longer than names in Linux file systems. */
    private static final int MAX_NAME = 1_024;

    private static final int MAX_TARGET = 4_096;

    /** The fields of a list: two before the links, then a name and a target of each link. */
    private static final int MAX_FIELDS = 2 + 2 * MAX_ENTRIES;

    /** A name and a target can have 4 KiB each, and each name appears twice. */
    private static final int MAX_BYTES = 16 * 1024 * MAX_ENTRIES;

    private static final byte[] NOTHING = {};

    private final List<byte[]> fields;

    private FileReply(List<byte[]> fields) {
        this.fields = fields;
    }

    /** Parses a script's output. */
    public static FileReply parse(byte[] stdout) throws UnreadableReplyException {
        List<byte[]> fields = stdout.length > MAX_BYTES ? List.of() : split(stdout);
        if (fields.isEmpty() || fields.size() > MAX_FIELDS) {
            throw new UnreadableReplyException();
        }
        return new FileReply(fields);
    }

    /** Thrown if the guest's output differs from the script's format. */
    public static final class UnreadableReplyException extends Exception {
        private static final long serialVersionUID = 1L;
    }

    /** Splits the fields. If there are too many, returns one more than allowed. */
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

    public int size() {
        return fields.size();
    }

    public byte[] bytes(int index) throws UnreadableReplyException {
        if (index >= fields.size()) {
            throw new UnreadableReplyException();
        }
        return fields.get(index);
    }

    /** Returns a field as ISO 8859-1, which can represent every byte. */
    public String text(int index) throws UnreadableReplyException {
        return new String(bytes(index), StandardCharsets.ISO_8859_1);
    }

    public long number(int index) throws UnreadableReplyException {
        String text = text(index);
        if (!text.matches("[0-9]{1,18}")) {
            throw new UnreadableReplyException();
        }
        return Long.parseLong(text);
    }

    GuestPath path(int index) throws UnreadableReplyException {
        return GuestPath.of(bytes(index)).filter(path -> !path.hasDrive()).orElseThrow(UnreadableReplyException::new);
    }

    FileStat stat(int index) throws UnreadableReplyException {
        return stat(text(index));
    }

    FileSpace space(int index) throws UnreadableReplyException {
        return FileSpace.parse(text(index)).orElseThrow(UnreadableReplyException::new);
    }

    static FileStat stat(String raw) throws UnreadableReplyException {
        return FileStat.parse(raw).orElseThrow(UnreadableReplyException::new);
    }

    /** Parses the output of list.sh: one field with all descriptions from stat, then the links and their targets. */
    List<GuestFiles.Entry> entries() throws UnreadableReplyException {
        List<GuestFiles.Entry> entries = new ArrayList<>();
        Map<String, byte[]> targets = targets();
        for (String record : records(text(1))) {
            int name = record.indexOf(" ./");
            if (name < 0) {
                throw new UnreadableReplyException();
            }
            byte[] bytes = fileName(record.substring(name + 3));
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

    /**
     * Returns a file name after validation: rejects names that lead out of the directory or are longer than any real
     * name.
     */
    public static byte[] fileName(String told) throws UnreadableReplyException {
        if (told.isEmpty()
                || told.equals(".")
                || told.equals("..")
                || told.indexOf('/') >= 0
                || told.length() > MAX_NAME) {
            throw new UnreadableReplyException();
        }
        return told.getBytes(StandardCharsets.ISO_8859_1);
    }

    /**
     * Splits records. Each begins with two slashes, which no name contains, and ends with a line feed, which names can
     * contain.
     */
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
            byte[] target = fields.get(i + 1);
            if (target.length > MAX_TARGET) {
                throw new UnreadableReplyException();
            }
            targets.put(text(i), target);
        }
        return targets;
    }
}
