// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.login;

import dev.bellhop.qga.AgentText;
import dev.bellhop.server.sshkey.PublicKey;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A line of authorized_keys with a key, as sshd reads it. The content comes from the guest.
 *
 * @param text the whole line, without its end
 * @param options such as {@code no-pty} and {@code expiry-time="…"}, each with its value
 */
record KeyLine(
        String text,
        List<String> options,
        String type,
        String fingerprint,
        @Nullable String comment) {
    private static final int MAX_TYPE = 100;
    private static final int MAX_COMMENT = 200;

    KeyLine {
        options = List.copyOf(options);
    }

    /** Parses a line; empty for comments and lines that sshd ignores. */
    static Optional<KeyLine> parse(String text) {
        String line = text.strip();
        if (line.isEmpty() || line.startsWith("#")) {
            return Optional.empty();
        }
        return key(text, List.of(), line).or(() -> {
            int end = endOfOptions(line);
            return key(
                    text, options(line.substring(0, end)), line.substring(end).strip());
        });
    }

    private static Optional<KeyLine> key(String text, List<String> options, String rest) {
        String[] words = rest.split("[ \\t]+", 3);
        if (words.length < 2 || words[0].length() > MAX_TYPE) {
            return Optional.empty();
        }
        String comment = words.length < 3 || words[2].isBlank() ? null : words[2].strip();
        return PublicKey.blob(words[1])
                .filter(blob -> isOf(blob, words[0]))
                .map(blob -> new KeyLine(
                        text,
                        options,
                        words[0],
                        PublicKey.fingerprint(blob),
                        comment == null ? null : AgentText.printable(comment, MAX_COMMENT)));
    }

    private static boolean isOf(byte[] blob, String type) {
        return PublicKey.parts(blob)
                .filter(parts -> !parts.isEmpty()
                        && new String(parts.getFirst(), StandardCharsets.ISO_8859_1).equals(type)
                        && type.chars().allMatch(c -> c > ' ' && c < 0x7F))
                .isPresent();
    }

    /** Finds the first blank outside quotes. */
    private static int endOfOptions(String line) {
        return end(line, 0, " \t");
    }

    private static List<String> options(String all) {
        List<String> options = new ArrayList<>();
        for (int from = 0; from < all.length(); ) {
            int end = end(all, from, ",");
            options.add(all.substring(from, end));
            from = end + 1;
        }
        return options;
    }

    private static int end(String text, int from, String ends) {
        boolean quoted = false;
        for (int i = from; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\\' && i + 1 < text.length() && text.charAt(i + 1) == '"') {
                i++;
            } else if (c == '"') {
                quoted = !quoted;
            } else if (!quoted && ends.indexOf(c) >= 0) {
                return i;
            }
        }
        return text.length();
    }

    /** Returns whether it has options other than its expiry. */
    boolean hasOwnOptions() {
        return !options.stream().allMatch(KeyExpiry::isExpiry);
    }

    /** Returns the key as shown to callers. If there are several expiry times, the first counts, as in sshd. */
    AuthorizedKey shown(ZoneOffset guest) {
        Instant expires = options.stream()
                .flatMap(option -> KeyExpiry.parse(option, guest).stream())
                .findFirst()
                .orElse(null);
        return new AuthorizedKey(fingerprint, type, comment, expires);
    }

    @Override
    public String toString() {
        return "KeyLine[" + fingerprint + "]";
    }
}
