// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.tar;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What a pax header says of the member that follows. What is not asked for here, such as extended attributes, is not kept. */
final class PaxHeader {
    static final PaxHeader NONE = new PaxHeader(Map.of());

    /** What is asked for here. There may be any number of others. */
    private static final Set<String> KNOWN = Set.of("path", "linkpath", "size", "uid", "gid", "mtime");

    /** In one header. GNU tar and bsdtar write one for each of some ten fields, and one for each extended attribute. */
    private static final int MAX_RECORDS = 1000;

    /** Of the digits that a record begins with. */
    private static final int MAX_DIGITS = 7;

    private final Map<String, byte[]> values;

    private PaxHeader(Map<String, byte[]> values) {
        this.values = values;
    }

    /** Lines of a length, a blank, a key, {@code =}, a value and a line feed. */
    static PaxHeader of(byte[] bytes) throws TarException {
        Map<String, byte[]> values = new HashMap<>();
        int records = 0;
        for (int at = 0; at < bytes.length && bytes[at] != 0; ) {
            if (++records > MAX_RECORDS) {
                throw new TarException("a pax header in it has more than " + MAX_RECORDS + " records");
            }
            int blank = indexOf(bytes, (byte) ' ', at, Math.min(bytes.length, at + MAX_DIGITS + 1));
            int end = at + number(bytes, at, blank);
            if (end > bytes.length || end <= blank || bytes[end - 1] != '\n') {
                throw broken();
            }
            int equals = indexOf(bytes, (byte) '=', blank, end - 1);
            String key = new String(bytes, blank + 1, equals - blank - 1, StandardCharsets.ISO_8859_1);
            if (key.startsWith("GNU.sparse.")) {
                throw new TarException("a sparse file in it is in the form of pax; make the tar with --format=gnu");
            }
            if (KNOWN.contains(key)) {
                values.put(key, Arrays.copyOfRange(bytes, equals + 1, end - 1));
            }
            at = end;
        }
        return new PaxHeader(values);
    }

    private static int number(byte[] bytes, int from, int to) throws TarException {
        int number = 0;
        for (int i = from; i < to; i++) {
            if (bytes[i] < '0' || bytes[i] > '9') {
                throw broken();
            }
            number = 10 * number + bytes[i] - '0';
        }
        return number;
    }

    private static int indexOf(byte[] bytes, byte wanted, int from, int to) throws TarException {
        for (int i = from; i < to; i++) {
            if (bytes[i] == wanted) {
                return i;
            }
        }
        throw broken();
    }

    private static TarException broken() {
        return new TarException("a pax header in it is broken");
    }

    /** One for all members may not name them. */
    void requireHarmless() throws TarException {
        for (String key : new String[] {"path", "linkpath", "size"}) {
            if (values.containsKey(key)) {
                throw new TarException("a pax header in it gives all members one " + key);
            }
        }
    }

    Optional<byte[]> path() {
        return Optional.ofNullable(values.get("path"));
    }

    Optional<byte[]> target() {
        return Optional.ofNullable(values.get("linkpath"));
    }

    Optional<Long> size() throws TarException {
        return number("size");
    }

    Optional<Long> uid() throws TarException {
        return number("uid");
    }

    Optional<Long> gid() throws TarException {
        return number("gid");
    }

    private Optional<Long> number(String key) throws TarException {
        String text = text(key);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        if (!text.matches("[0-9]{1,18}")) {
            throw broken();
        }
        return Optional.of(Long.valueOf(text));
    }

    Optional<Long> modified() throws TarException {
        String text = text("mtime");
        if (text.isEmpty()) {
            return Optional.empty();
        }
        if (!text.matches("-?[0-9]{1,18}(\\.[0-9]{0,18})?")) {
            throw broken();
        }
        return Optional.of(new BigDecimal(text).setScale(0, RoundingMode.FLOOR).longValueExact());
    }

    private String text(String key) {
        byte[] value = values.get(key);
        return value == null ? "" : new String(value, StandardCharsets.ISO_8859_1);
    }
}
