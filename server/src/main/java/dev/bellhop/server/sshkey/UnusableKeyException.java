// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.sshkey;

/** A text is no public key that anybody should use. The message says why, after "because", and what to do; it quotes nothing of it. */
public final class UnusableKeyException extends Exception {
    private static final long serialVersionUID = 1L;

    UnusableKeyException(String why) {
        super(why, null, false, false);
    }
}
