// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.login;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** The content of authorized_keys. Edits leave every other byte unchanged. Immutable. */
final class KeyFile {
    private final List<Line> lines;

    /** @param key absent for a line without a key, which is preserved */
    @SuppressWarnings("ArrayRecordComponent") // Nothing compares lines.
    private record Line(byte[] bytes, Optional<KeyLine> key) {
        boolean is(String fingerprint) {
            return key.filter(found -> found.fingerprint().equals(fingerprint)).isPresent();
        }
    }

    private KeyFile(List<Line> lines) {
        this.lines = List.copyOf(lines);
    }

    static KeyFile parse(byte[] content) {
        List<Line> lines = new ArrayList<>();
        int from = 0;
        for (int i = 0; i < content.length; i++) {
            if (content[i] == '\n' || i == content.length - 1) {
                byte[] bytes = new byte[i + 1 - from];
                System.arraycopy(content, from, bytes, 0, bytes.length);
                String text = new String(bytes, StandardCharsets.UTF_8);
                lines.add(new Line(
                        bytes, KeyLine.parse(text.endsWith("\n") ? text.substring(0, text.length() - 1) : text)));
                from = i + 1;
            }
        }
        return new KeyFile(lines);
    }

    List<KeyLine> keys() {
        return lines.stream().flatMap(line -> line.key.stream()).toList();
    }

    /** Returns the lines of one key; more than one if the file repeats it. */
    List<KeyLine> of(String fingerprint) {
        return keys().stream()
                .filter(key -> key.fingerprint().equals(fingerprint))
                .toList();
    }

    byte[] bytes() {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        lines.forEach(line -> all.writeBytes(line.bytes));
        return all.toByteArray();
    }

    /** Returns a copy with a line appended. */
    KeyFile with(String line) {
        return changed(all -> {
            if (!all.isEmpty() && all.getLast().bytes[all.getLast().bytes.length - 1] != '\n') {
                all.add(new Line(new byte[] {'\n'}, Optional.empty()));
            }
            all.add(new Line((line + "\n").getBytes(StandardCharsets.UTF_8), KeyLine.parse(line)));
            return all;
        });
    }

    /** Returns a copy without the lines of a key. */
    KeyFile without(String fingerprint) {
        return changed(all -> {
            all.removeIf(line -> line.is(fingerprint));
            return all;
        });
    }

    private KeyFile changed(UnaryOperator<List<Line>> change) {
        return new KeyFile(change.apply(new ArrayList<>(lines)));
    }
}
