// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.crypto;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Thrown if a host key cannot be used. The message names the key and tells the operator how to fix it. */
public final class HostKeyException extends IOException {
    private static final long serialVersionUID = 1L;

    HostKeyException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
