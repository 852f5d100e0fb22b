// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.terminal;

import java.util.regex.Pattern;

/**
 * Changes to the modes of a new terminal, with Linux's numbers on x86, Arm, RISC-V and s390. Guests get them as one
 * text: the bits to clear and the bits to set for each of the input, output, control and local modes, then the special
 * characters, each as {@code index:byte}.
 */
public record TerminalModes(String text) {
    private static final Pattern FORM = Pattern.compile("[0-9]{1,10}( [0-9]{1,10}){7}( [0-9]{1,2}:[0-9]{1,3}){0,19}");

    /**
     * Validates the text.
     *
     * @throws IllegalArgumentException if the text has another form, for example from a faulty peer
     */
    public TerminalModes {
        if (!FORM.matcher(text).matches()) {
            throw new IllegalArgumentException("no modes of a terminal");
        }
    }
}
