// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.tls;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * Reads files that an operator names and that others may replace at any time. A pipe would be waited for, and a device has no
 * end, so neither is opened; and of a file that has grown beyond all reason no more is read than shows it.
 */
final class PemBytes {
    /** Far more than any chain of certificates takes. */
    private static final int MAX_BYTES = 1 << 20;

    private PemBytes() {}

    /** A file cannot be used; the message says why, as what is said of the file. */
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
