// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.vm;

import java.util.Optional;

/**
 * What people call a VM. Two VMs of different hypervisors may have the same name, and a VM may get another one: only its
 * {@link VmId} says which it is. It may hold any characters; whoever shows it escapes them.
 */
public record VmName(String text) {
    /** In characters. */
    public static final int MAX_LENGTH = 255;

    public VmName {
        if (!fits(text)) {
            throw new IllegalArgumentException("a VM's name has 1 to " + MAX_LENGTH + " characters");
        }
    }

    /** Empty for a text that is blank, or longer than names are. */
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
