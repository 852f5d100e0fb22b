// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.terminal;

/** Receives the events of a terminal in order. Calls can block for a moment, and never fail. */
public interface TerminalRecorder {
    TerminalRecorder NONE = new TerminalRecorder() {};

    /** Checks whether output is recorded. */
    default boolean keepsOutput() {
        return false;
    }

    /** Checks whether input is recorded. */
    default boolean keepsInput() {
        return false;
    }

    /** Called if the terminal could not be opened; there are no other events. */
    default void notOpened() {}

    default void printed(byte[] bytes) {}

    default void typed(byte[] bytes) {}

    default void resized(WindowSize size) {}

    default void ended(TerminalEnd end) {}
}
