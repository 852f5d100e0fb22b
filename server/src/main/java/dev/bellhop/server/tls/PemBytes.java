// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.tls;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * Reads files that an operator configures and that other programs can replace at any time. Only regular files are
 * opened, because a pipe would block and a device has no end. If a file is too large, reading stops after enough bytes
 * to detect that.
 */
final class PemBytes {
    /** Far larger than any certificate chain. */
    private static final int MAX_BYTES = 1 << 20;

    private PemBytes() {}

    /** Thrown if a file cannot be used. The message is a predicate about the file that says why. */
    static final class UnusableException extends IOException {
        private static final long serialVersionUID = 1L;

        private UnusableException(String message) {
            super(message);
        }
    }

    static byte[] read(Path path) throws IOException {
        if (!Files.readAttributes(path, BasicFileAttributes.class).isRegularFile()) {
            throw new UnusableException("is not a regular file");
        }
        try (InputStream in = Files.newInputStream(path)) {
            byte[] bytes = in.readNBytes(MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) {
                throw new UnusableException("is too large for a PEM file");
            }
            return bytes;
        }
    }
}
