// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.sshkey;

import java.io.Serial;

/** Thrown if bytes do not have the expected form. */
final class MalformedException extends Exception {
    @Serial
    private static final long serialVersionUID = 1;

    MalformedException() {
        super("bytes are not of the form that they are to have");
    }
}
