// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.sshkey;

/**
 * Thrown if a text is not a public key that is safe to use. The message says why, after "because", and what to do; it
 * never quotes the text.
 */
public final class UnusableKeyException extends Exception {
    private static final long serialVersionUID = 1L;

    UnusableKeyException(String why) {
        super(why, null, false, false);
    }
}
