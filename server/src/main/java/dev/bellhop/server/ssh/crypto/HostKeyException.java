// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.crypto;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A host key cannot be used. The message says which, and what the operator has to do. */
public final class HostKeyException extends IOException {
    private static final long serialVersionUID = 1L;

    HostKeyException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
