// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.terminal;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** A table in plain text: columns as wide as what is in them, two blanks between, nothing after the last. */
public final class Table {

    private final List<List<String>> rows = new ArrayList<>();

    public Table(String... headings) {
        rows.add(List.of(headings));
    }

    public void row(String... cells) {
        rows.add(List.of(cells).stream().map(Printable::line).toList());
    }

    public void print(PrintWriter out) {
        int columns = rows.getFirst().size();
        int[] widths = new int[columns];
        for (List<String> row : rows) {
            for (int i = 0; i < columns; i++) {
                widths[i] = Math.max(widths[i], length(row.get(i)));
            }
        }
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < columns; i++) {
                line.append(row.get(i));
                line.repeat(' ', i == columns - 1 ? 0 : widths[i] - length(row.get(i)) + 2);
            }
            out.println(line);
        }
    }

    private static int length(String text) {
        return text.codePointCount(0, text.length());
    }
}
