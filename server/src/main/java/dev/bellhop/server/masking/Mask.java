// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.masking;

/**
 * A pattern of what is to be masked in output.
 *
 * @param name for people, like no other of the same owner
 * @param pattern in the syntax of RE2
 */
public record Mask(String name, String pattern) {
    /** What stands in the place of each byte that is masked. */
    static final byte SIGN = '*';

    /** What is masked is a secret, and its pattern may be it. */
    @Override
    public String toString() {
        return "Mask[" + name + "]";
    }
}
