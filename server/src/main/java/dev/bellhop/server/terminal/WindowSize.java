// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.terminal;

/** The size of a terminal in characters: 1 to 1,000 columns and rows. */
public record WindowSize(int cols, int rows) {
    public static final int MAX = 1_000;

    public WindowSize {
        if (cols < 1 || cols > MAX || rows < 1 || rows > MAX) {
            throw new IllegalArgumentException("a terminal has 1 to " + MAX + " columns and rows");
        }
    }

    @Override
    public String toString() {
        return cols + "x" + rows;
    }
}
