// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.terminal;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * A table in plain text: columns as wide as what is in them, two blanks between, nothing after the last. A cell of which nothing
 * is known has a "-".
 */
public final class Table {

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

    public void print(PrintWriter out) {
        List<Integer> columns = IntStream.range(0, rows.getFirst().size())
                .filter(this::isShown)
                .boxed()
                .toList();
        int[] widths = new int[rows.getFirst().size()];
        columns.forEach(column -> widths[column] = width(column));
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int column : columns) {
                line.append(row.get(column));
                line.repeat(' ', column == columns.getLast() ? 0 : widths[column] - length(row.get(column)) + 2);
            }
            out.println(line);
        }
    }

    private boolean isShown(int column) {
        return !optional.contains(rows.getFirst().get(column))
                || rows.stream().skip(1).anyMatch(row -> !row.get(column).equals("-"));
    }

    private int width(int column) {
        return rows.stream().mapToInt(row -> length(row.get(column))).max().orElse(0);
    }

    private static int length(String text) {
        return text.codePointCount(0, text.length());
    }
}
