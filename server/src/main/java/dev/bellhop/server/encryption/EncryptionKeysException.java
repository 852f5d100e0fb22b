// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.encryption;

import java.io.IOException;

/** Thrown if keys cannot be used. The message says which keys, why, and what to do; it never contains the keys. */
public final class EncryptionKeysException extends IOException {
    private static final long serialVersionUID = 1L;

    public EncryptionKeysException(String message) {
        super(message);
    }
}
