// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.execution;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Objects;

/**
 * All output of an execution that has ended, where it is small. Kept out of {@link #toString}.
 *
 * @param encoding {@code utf-8}, or {@code base64} where either stream is not UTF-8 as a whole
 * @param stdout what it wrote to stdout, in that encoding
 * @param stderr what it wrote to stderr, in that encoding
 */
public record ExecutionOutput(String encoding, String stdout, String stderr) {

    /** The encoding of output that is text. */
    public static final String UTF_8 = "utf-8";

    /** The encoding of output that is not. */
    public static final String BASE64 = "base64";

    public ExecutionOutput {
        Objects.requireNonNull(encoding, "encoding");
        Objects.requireNonNull(stdout, "stdout");
        Objects.requireNonNull(stderr, "stderr");
    }

    /**
     * What it wrote to stdout, byte for byte.
     *
     * @throws IllegalArgumentException if it is not in the encoding that it says
     */
    public byte[] stdoutBytes() {
        return bytes(stdout);
    }

    /** What it wrote to stderr, in the same way. */
    public byte[] stderrBytes() {
        return bytes(stderr);
    }

    private byte[] bytes(String text) {
        return encoding.equals(BASE64) ? Base64.getDecoder().decode(text) : text.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
        return "ExecutionOutput[encoding=" + encoding + ", stdout=" + Redacted.text(stdout) + ", stderr="
                + Redacted.text(stderr) + "]";
    }
}
