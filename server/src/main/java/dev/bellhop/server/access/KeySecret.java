// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access;

import dev.bellhop.server.digest.Digests;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a key's holder sends: {@code bellhop_ID_SECRET}, where ID is 12 and SECRET 64 hexadecimal digits. The prefix lets
 * people and secret scanners recognise one; the id finds the stored hash, so that only one comparison is made; the
 * secret is 256 random bits, which is why a plain SHA-256 of it is enough and no slow hash is needed.
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

    /** Another one of a key. */
    static KeySecret generate(String keyId) {
        byte[] secret = new byte[SECRET_BYTES];
        RANDOM.nextBytes(secret);
        return new KeySecret(PREFIX + keyId + "_" + HexFormat.of().formatHex(secret), keyId);
    }

    /** Reads what a caller sent; anything not of the form is refused before any hashing. */
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
     * The first 64 bits of the secret: enough to know it again without a hash, and no help to guess the other 192. Not for
     * anybody to see.
     */
    long firstDigits() {
        return Long.parseUnsignedLong(text, SECRET_AT, SECRET_AT + FIRST_DIGITS, 16);
    }

    /** The whole text. To be shown once, to whoever made the key. */
    String reveal() {
        return text;
    }

    /** SHA-256 of the whole text. */
    byte[] hash() {
        return Digests.sha256(text);
    }

    @Override
    public String toString() {
        return PREFIX + keyId + "_…";
    }
}
