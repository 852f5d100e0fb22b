// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.terminal;

import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** A program and its arguments as a line that a shell would take for the same: where one ends and the next begins shows. */
public final class ShellWords {

    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_@%+=:,./-]+");

    private ShellWords() {}

    public static String join(List<String> words) {
        return words.stream()
                .map(word -> PLAIN.matcher(word).matches() ? word : quote(word))
                .collect(Collectors.joining(" "));
    }

    public static String quote(String word) {
        return "'" + word.replace("'", "'\\''") + "'";
    }
}
