// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.terminal;

import java.util.regex.Pattern;

/**
 * Changes to the modes of a new terminal, as numbers of Linux on x86, Arm, RISC-V and s390. Guests get them as one text: for each of the
 * input, output, control and local modes the bits to clear and the bits to set, then the special characters, each as
 * {@code index:byte}.
 */
public record TerminalModes(String text) {
    private static final Pattern FORM = Pattern.compile("[0-9]{1,10}( [0-9]{1,10}){7}( [0-9]{1,2}:[0-9]{1,3}){0,19}");

    /** @throws IllegalArgumentException for another form, such as a peer may send */
    public TerminalModes {
        if (!FORM.matcher(text).matches()) {
            throw new IllegalArgumentException("no modes of a terminal");
        }
    }
}
