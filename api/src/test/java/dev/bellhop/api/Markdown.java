// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Pieces of GitHub-flavoured Markdown. */
final class Markdown {
    private Markdown() {}

    /** Returns the anchor that forges make from a heading. */
    static String anchor(String heading) {
        return heading.replaceAll("\\[([^]]*)]\\([^)]*\\)", "$1")
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^\\p{L}\\p{N} _-]", "")
                .replace(' ', '-');
    }

    /** Returns a link to a heading of the same page. */
    static String linkTo(String heading) {
        return "[" + heading + "](#" + anchor(heading) + ")";
    }

    static String code(String text) {
        return "`" + text + "`";
    }

    /** Returns whether the text has a table, a list, a heading or code, none of which fits into a cell. */
    static boolean isBlock(String text) {
        return text.lines().anyMatch(line -> line.matches("(\\||- |\\d+\\. |#|```).*"));
    }

    /** Returns a table, or an empty text without rows. */
    static String table(List<String> head, List<List<String>> rows) {
        if (rows.isEmpty()) {
            return "";
        }
        String rule = head.stream().map(column -> "---").collect(Collectors.joining(" | ", "| ", " |\n"));
        return row(head) + rule + rows.stream().map(Markdown::row).collect(Collectors.joining()) + "\n";
    }

    private static String row(List<String> cells) {
        return cells.stream()
                .map(cell -> cell.strip().replaceAll("\\s+", " ").replace("|", "\\|"))
                .collect(Collectors.joining(" | ", "| ", " |\n"));
    }
}
