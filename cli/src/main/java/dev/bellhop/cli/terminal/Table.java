// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.terminal;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * A table in plain text: columns as wide as what is in them, two blanks between, nothing after the last. A cell of which nothing
 * is known has a "-". In a terminal that is too narrow, cells go on in the next line, at blanks and commas; where that is
 * not enough, each row becomes a paragraph. Ids stay whole, so that one can copy them.
 */
public final class Table {

    private static final int GAP = 2;

    /** The last column often has a text of any kind. What is longer than a time is broken anywhere if need be. */
    private static final int MAX_WHOLE = 24;

    private static final int MIN_LAST_WIDTH = 12;

    private final List<List<String>> rows = new ArrayList<>();
    private Set<String> optional = Set.of();

    public Table(String... headings) {
        rows.add(List.of(headings));
    }

    /** Leaves out those of these columns of which nothing is known in any row. */
    public Table optional(String... headings) {
        optional = Set.of(headings);
        return this;
    }

    public void row(String... cells) {
        rows.add(List.of(cells).stream().map(Printable::line).toList());
    }

    public void print(Terminal terminal) {
        print(terminal.out(), terminal.columns());
    }

    /** @param columns how wide it may be; 0 where nothing sets a limit */
    void print(PrintWriter out, int columns) {
        List<Integer> kept = IntStream.range(0, rows.getFirst().size())
                .filter(this::isShown)
                .boxed()
                .toList();
        List<List<String>> shown =
                rows.stream().map(row -> kept.stream().map(row::get).toList()).toList();
        int[] widths = widths(shown, List::of);
        if (columns == 0 || total(widths) <= columns) {
            shown.forEach(row -> printRow(out, row, widths));
            return;
        }
        int[] least = widths(shown, Table::pieces);
        int last = least.length - 1;
        least[last] = least[last] > MAX_WHOLE ? MIN_LAST_WIDTH : least[last];
        if (total(least) <= columns) {
            shrink(widths, least, columns);
            shown.forEach(row -> printRow(out, row, widths));
        } else {
            printParagraphs(out, shown, columns);
        }
    }

    private boolean isShown(int column) {
        return !optional.contains(rows.getFirst().get(column))
                || rows.stream().skip(1).anyMatch(row -> !row.get(column).equals("-"));
    }

    /** The width of the widest piece in each column. */
    private static int[] widths(List<List<String>> rows, Function<String, List<String>> split) {
        return IntStream.range(0, rows.getFirst().size())
                .map(column -> rows.stream()
                        .flatMap(row -> split.apply(row.get(column)).stream())
                        .mapToInt(piece -> length(piece.stripTrailing()))
                        .max()
                        .orElse(0))
                .toArray();
    }

    private static int total(int[] widths) {
        return Arrays.stream(widths).sum() + GAP * (widths.length - 1);
    }

    /** Takes from the widest column that can give, until all fit. */
    private static void shrink(int[] widths, int[] least, int columns) {
        while (total(widths) > columns) {
            int widest = IntStream.range(0, widths.length)
                    .filter(i -> widths[i] > least[i])
                    .reduce((one, other) -> widths[other] > widths[one] ? other : one)
                    .orElseThrow();
            widths[widest]--;
        }
    }

    private static void printRow(PrintWriter out, List<String> row, int[] widths) {
        List<List<String>> cells = IntStream.range(0, widths.length)
                .mapToObj(i -> lines(row.get(i), widths[i]))
                .toList();
        int height = cells.stream().mapToInt(List::size).max().orElse(1);
        for (int y = 0; y < height; y++) {
            StringBuilder line = new StringBuilder();
            int end = 0;
            for (int i = 0; i < widths.length; i++) {
                String text = y < cells.get(i).size() ? cells.get(i).get(y) : "";
                line.repeat(' ', end - length(line.toString())).append(text);
                end += widths[i] + GAP;
            }
            out.println(line.toString().stripTrailing());
        }
    }

    private static void printParagraphs(PrintWriter out, List<List<String>> rows, int columns) {
        List<String> headings = rows.getFirst();
        int label = headings.stream().mapToInt(Table::length).max().orElse(0);
        int[] widths = {label, Math.max(MIN_LAST_WIDTH, columns - label - GAP)};
        for (int i = 1; i < rows.size(); i++) {
            if (i > 1) {
                out.println();
            }
            for (int column = 0; column < headings.size(); column++) {
                printRow(out, List.of(headings.get(column), rows.get(i).get(column)), widths);
            }
        }
    }

    /** A cell in lines that are no wider than this. */
    private static List<String> lines(String cell, int width) {
        List<String> lines = new ArrayList<>();
        String line = "";
        for (String piece : pieces(cell)) {
            if (!line.isEmpty() && length((line + piece).stripTrailing()) > width) {
                lines.add(line.stripTrailing());
                line = "";
            }
            line += piece;
            while (length(line.stripTrailing()) > width) {
                int cut = line.offsetByCodePoints(0, width);
                lines.add(line.substring(0, cut));
                line = line.substring(cut);
            }
        }
        lines.add(line.stripTrailing());
        return lines;
    }

    /** What stays together: up to a blank or a comma. */
    private static List<String> pieces(String cell) {
        return List.of(cell.split("(?<=[ ,])(?=[^ ,])", -1));
    }

    private static int length(String text) {
        return text.codePointCount(0, text.length());
    }
}
