// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access;

import dev.bellhop.server.digest.Digests;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The token that Prometheus uses to read the metrics. It is in a file that is read again after one second at most, so a
 * new token needs no restart. While the file is unusable, no token matches. Thread safe.
 */
public final class MetricsToken {
    private static final Logger log = LoggerFactory.getLogger(MetricsToken.class);

    private static final long FRESH = Duration.ofSeconds(1).toNanos();

    /** At least 32 characters, so it cannot be guessed. The upper bound limits the memory for reading it. */
    private static final Pattern FORM = Pattern.compile("[!-~]{32,1000}");

    private static final int MAX_BYTES = 2_000;

    private final Path file;
    private final LongSupplier nanos;

    /** Guarded by this. */
    private Read last;

    /** @param hash absent if the file could not be used */
    @SuppressWarnings("ArrayRecordComponent") // Compared only by MessageDigest.
    private record Read(byte @Nullable [] hash, long at) {}

    private MetricsToken(Path file, LongSupplier nanos) throws IOException {
        this.file = file;
        this.nanos = nanos;
        this.last = new Read(Digests.sha256(read(file)), nanos.getAsLong());
    }

    /**
     * Reads the token from a file. Throws an IOException, whose message says what to do, if the file has no valid
     * token.
     */
    public static MetricsToken in(Path file) throws IOException {
        return new MetricsToken(file, System::nanoTime);
    }

    static MetricsToken in(Path file, LongSupplier nanos) throws IOException {
        return new MetricsToken(file, nanos);
    }

    /** Returns whether a text is the token, in constant time. */
    public boolean matches(String shown) {
        byte[] hash = current();
        return hash != null && MessageDigest.isEqual(hash, Digests.sha256(shown));
    }

    private synchronized byte @Nullable [] current() {
        long now = nanos.getAsLong();
        if (now - last.at > FRESH) {
            last = new Read(again(), now);
        }
        return last.hash;
    }

    private byte @Nullable [] again() {
        try {
            return Digests.sha256(read(file));
        } catch (IOException e) {
            if (last.hash != null) {
                log.warn("{}; until then the metrics are for nobody who shows a token", e.getMessage());
            }
            return null;
        }
    }

    private static String read(Path file) throws IOException {
        try {
            String text = Files.size(file) > MAX_BYTES ? "" : Files.readString(file, StandardCharsets.ISO_8859_1);
            if (FORM.matcher(text.strip()).matches()) {
                return text.strip();
            }
        } catch (IOException e) {
            throw new IOException(
                    "Cannot read the token of metrics " + file + "; make the file, and let the server's user read it",
                    e);
        }
        throw new IOException("Cannot use the token of metrics " + file
                + " because it is not one word of 32 to 1000 printable characters; make one: openssl rand -hex 32 >"
                + file);
    }
}
