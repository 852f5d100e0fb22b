// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.terminal;

import java.util.Locale;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Makes text from elsewhere safe to show: it must not send escape sequences to a terminal, nor look like another text. What
 * is invisible, moves what is visible, or has no certain shape is shown as {@code <U+202E>}, a long run of blanks as
 * {@code <300 blanks>}. Letters of scripts that run from right to left stay: they move nothing but themselves.
 */
public final class Printable {

    /**
     * Characters that do not show: controls, formats, surrogates, private and unassigned ones, separators, enclosing marks;
     * and those that Unicode calls letters, marks or symbols: fillers, a blank pattern, variation selectors.
     */
    private static final String INVISIBLE = "[\\p{C}\\p{Zl}\\p{Zp}\\p{Me}[\\p{Zs}&&[^ ]]"
            + "\\u034F\\u115F\\u1160\\u17B4\\u17B5\\u180B-\\u180D\\u180F\\u2800\\u3164\\uFFA0\\x{16FE4}\\x{1D159}"
            + "\\uFE00-\\uFE0F\\x{E0100}-\\x{E01EF}]";

    private static final Pattern INVISIBLE_CHARACTER = Pattern.compile(INVISIBLE);

    /** Also more than 8 blanks, which could push what follows out of sight, and more than 2 marks on a letter, which could cover others. */
    private static final Pattern UNSAFE = Pattern.compile(" {9,}|(?<=\\p{Mn}{2})\\p{Mn}|" + INVISIBLE);

    private Printable() {}

    /** The text, with its line feeds. */
    public static String text(String text) {
        return replace(UNSAFE, text, found -> found.equals("\n") ? found : escape(found));
    }

    /** The text in one line: a line feed is shown as {@code \n}. */
    public static String line(String text) {
        return replace(UNSAFE, text, Printable::escape);
    }

    /** The same, its end left out where it is longer than so many characters. */
    public static String shortened(String text, int most) {
        String line = line(text);
        return line.codePointCount(0, line.length()) <= most
                ? line
                : line.substring(0, line.offsetByCodePoints(0, most - 1)) + "\u2026";
    }

    /** JSON that reads back as the same: invisible characters are escaped as JSON escapes them. */
    static String json(String json) {
        return replace(
                INVISIBLE_CHARACTER,
                json,
                found -> found.equals("\n")
                        ? found
                        : found.chars()
                                .mapToObj(unit -> String.format(Locale.ROOT, "\\u%04x", unit))
                                .collect(Collectors.joining()));
    }

    private static String replace(Pattern pattern, String text, UnaryOperator<String> replacement) {
        return pattern.matcher(text).replaceAll(found -> Matcher.quoteReplacement(replacement.apply(found.group())));
    }

    private static String escape(String found) {
        return switch (found) {
            case "\n" -> "\\n";
            case "\r" -> "\\r";
            case "\t" -> "\\t";
            default ->
                found.startsWith(" ")
                        ? "<" + found.length() + " blanks>"
                        : String.format(Locale.ROOT, "<U+%04X>", found.codePointAt(0));
        };
    }
}
