// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access;

import dev.bellhop.server.digest.Digests;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The text that a key's holder sends: {@code bellhop_ID_SECRET}. ID is 12 and SECRET 64 hexadecimal digits. The prefix
 * lets people and secret scanners recognise a key. The id finds the stored hash, so only one comparison is needed. The
 * secret is 256 random bits, so a plain SHA-256 is enough and no slow hash is needed.
 */
final class KeySecret {
    static final String PREFIX = "bellhop_";
    private static final int ID_BYTES = 6;
    private static final int SECRET_BYTES = 32;
    private static final int LENGTH = PREFIX.length() + 2 * ID_BYTES + 1 + 2 * SECRET_BYTES;
    private static final Pattern FORM = Pattern.compile(PREFIX + "([0-9a-f]{12})_[0-9a-f]{64}");

    private static final int SECRET_AT = LENGTH - 2 * SECRET_BYTES;

    private static final int FIRST_DIGITS = 16;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final String text;
    private final String keyId;

    private KeySecret(String text, String keyId) {
        this.text = text;
        this.keyId = keyId;
    }

    static KeySecret generate() {
        byte[] id = new byte[ID_BYTES];
        RANDOM.nextBytes(id);
        return generate(HexFormat.of().formatHex(id));
    }

    /** Generates another secret for a key. */
    static KeySecret generate(String keyId) {
        byte[] secret = new byte[SECRET_BYTES];
        RANDOM.nextBytes(secret);
        return new KeySecret(PREFIX + keyId + "_" + HexFormat.of().formatHex(secret), keyId);
    }

    /** Parses the text that a caller sent. Any other form is rejected before hashing. */
    static Optional<KeySecret> parse(String text) {
        if (text.length() != LENGTH) {
            return Optional.empty();
        }
        Matcher form = FORM.matcher(text);
        return form.matches() ? Optional.of(new KeySecret(text, form.group(1))) : Optional.empty();
    }

    String keyId() {
        return keyId;
    }

    /**
     * Returns the first 64 bits of the secret: enough to recognise it without a hash, and no help in guessing the other
     * 192. Must not be shown.
     */
    long firstDigits() {
        return Long.parseUnsignedLong(text, SECRET_AT, SECRET_AT + FIRST_DIGITS, 16);
    }

    /** Returns the whole text, which is shown once, to the creator of the key. */
    String reveal() {
        return text;
    }

    /** Returns the SHA-256 of the whole text. */
    byte[] hash() {
        return Digests.sha256(text);
    }

    @Override
    public String toString() {
        return PREFIX + keyId + "_…";
    }
}
