// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.masking;

/**
 * A pattern of text to mask in output.
 *
 * @param name for people, unique for its owner
 * @param pattern in the syntax of RE2
 */
public record Mask(String name, String pattern) {
    /** Replaces each masked byte. */
    static final byte SIGN = '*';

    /** Omits the pattern, because it can be the secret itself. */
    @Override
    public String toString() {
        return "Mask[" + name + "]";
    }
}
