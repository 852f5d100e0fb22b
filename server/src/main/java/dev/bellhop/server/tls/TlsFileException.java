// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.tls;

/** Thrown if a file cannot be used for TLS. The message says which file and why; it never quotes the content. */
public final class TlsFileException extends Exception {
    private static final long serialVersionUID = 1L;

    public enum Part {
        CERTIFICATE,
        KEY
    }

    private final Part part;

    TlsFileException(Part part, String message) {
        super(message);
        this.part = part;
    }

    public Part part() {
        return part;
    }
}
