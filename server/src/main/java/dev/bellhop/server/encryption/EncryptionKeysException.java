// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.encryption;

import java.io.IOException;

/** Keys cannot be used. The message says which, why, and what to do; never what they are. */
public final class EncryptionKeysException extends IOException {
    private static final long serialVersionUID = 1L;

    public EncryptionKeysException(String message) {
        super(message);
    }
}
