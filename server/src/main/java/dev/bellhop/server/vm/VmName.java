// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.vm;

import java.util.Optional;

/**
 * The display name of a VM. VMs of different hypervisors can have the same name, and a VM can be renamed: only its
 * {@link VmId} identifies it. A name can contain any characters; escape them for display.
 */
public record VmName(String text) {
    /** In characters. */
    public static final int MAX_LENGTH = 255;

    public VmName {
        if (!fits(text)) {
            throw new IllegalArgumentException("a VM's name has 1 to " + MAX_LENGTH + " characters");
        }
    }

    /** Checks a name; empty for a text that is blank or too long. */
    public static Optional<VmName> parse(String text) {
        return fits(text) ? Optional.of(new VmName(text)) : Optional.empty();
    }

    private static boolean fits(String text) {
        return !text.isBlank() && text.codePointCount(0, text.length()) <= MAX_LENGTH;
    }

    @Override
    public String toString() {
        return text;
    }
}
