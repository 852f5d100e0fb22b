// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.terminal;

/** Is told what happens in a terminal, in its order. Its calls may block for a moment, and never fail. */
public interface TerminalRecorder {
    TerminalRecorder NONE = new TerminalRecorder() {};

    /** Whether what is printed is kept. */
    default boolean keepsOutput() {
        return false;
    }

    /** Whether what is typed is kept. */
    default boolean keepsInput() {
        return false;
    }

    /** The terminal could not be opened: nothing is told of it. */
    default void notOpened() {}

    default void printed(byte[] bytes) {}

    default void typed(byte[] bytes) {}

    default void resized(WindowSize size) {}

    default void ended(TerminalEnd end) {}
}
