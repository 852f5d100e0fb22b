// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.sshkey;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.bellhop.server.digest.Digests;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A public SSH key, as in a .pub file.
 *
 * @param base64 the key itself, in its canonical encoding
 * @param comment for people; absent if there is none
 */
public record PublicKey(
        String type, String base64, @Nullable String comment) {
    private static final int MAX_BASE64 = 12_000;
    static final int MAX_COMMENT = 200;
    /** Shorter keys can be broken by attackers with enough money. */
    static final int MIN_RSA_BITS = 2048;

    /** OpenSSH's limit. */
    private static final int MAX_RSA_BITS = 16_384;

    private static final int MAX_EXPONENT_BITS = 64;

    private static final int ED25519_BYTES = 32;

    /**
     * The accepted key types and the number of strings in each key, including its type. Other types should not be used.
     */
    static final Map<String, Integer> PARTS = Map.of(
            "ssh-ed25519", 2,
            "ssh-rsa", 3,
            "ecdsa-sha2-nistp256", 3,
            "ecdsa-sha2-nistp384", 3,
            "ecdsa-sha2-nistp521", 3,
            "sk-ssh-ed25519@openssh.com", 3,
            "sk-ecdsa-sha2-nistp256@openssh.com", 4);

    /**
     * Parses the line that a user supplies: a type, the key and optionally a comment. Empty if the text is anything
     * else.
     */
    public static Optional<PublicKey> parse(String line) {
        String[] words = line.strip().split(" ", 3);
        if (words.length < 2) {
            return Optional.empty();
        }
        String comment = words.length < 3 || words[2].isBlank() ? null : words[2].strip();
        return Optional.of(new PublicKey(words[0], words[1], comment)).filter(PublicKey::isValid);
    }

    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    static PublicKey ofLine(String line) {
        return parse(line).orElseThrow(() -> new IllegalArgumentException("not the line of a public key"));
    }

    private boolean isValid() {
        Integer parts = PARTS.get(type);
        if (parts == null || base64.length() > MAX_BASE64 || (comment != null && !isComment(comment))) {
            return false;
        }
        Optional<List<byte[]>> read = blob(base64).flatMap(PublicKey::parts);
        return read.filter(found -> found.size() == parts
                        && new String(found.getFirst(), StandardCharsets.ISO_8859_1).equals(type)
                        && hasKey(found))
                .isPresent();
    }

    private static boolean isComment(String comment) {
        return comment.length() <= MAX_COMMENT
                && comment.codePoints().allMatch(c -> switch (Character.getType(c)) {
                    case Character.CONTROL,
                            Character.FORMAT,
                            Character.SURROGATE,
                            Character.PRIVATE_USE,
                            Character.UNASSIGNED,
                            Character.LINE_SEPARATOR,
                            Character.PARAGRAPH_SEPARATOR -> false;
                    default -> true;
                });
    }

    /** Returns whether its numbers have the required lengths. */
    private boolean hasKey(List<byte[]> parts) {
        if (type.equals("ssh-rsa")) {
            return isGoodRsa(new BigInteger(1, parts.get(1)), new BigInteger(1, parts.get(2)));
        }
        if (type.contains("ed25519")) {
            return parts.get(1).length == ED25519_BYTES;
        }
        String curve = type.substring(type.indexOf("nistp")).replace("@openssh.com", "");
        int bytes = (Integer.parseInt(curve.substring("nistp".length())) + 7) / 8;
        byte[] point = parts.get(2);
        return new String(parts.get(1), StandardCharsets.ISO_8859_1).equals(curve)
                && point.length == 1 + 2 * bytes
                && point[0] == 4;
    }

    /** Checks both bounds: with large numbers, checking a signature takes the server seconds. */
    private static boolean isGoodRsa(BigInteger exponent, BigInteger modulus) {
        return modulus.bitLength() >= MIN_RSA_BITS
                && modulus.bitLength() <= MAX_RSA_BITS
                && exponent.bitLength() > 1
                && exponent.bitLength() <= MAX_EXPONENT_BITS
                && exponent.testBit(0)
                && modulus.testBit(0);
    }

    /** Decodes a key; empty if the text is not its canonical encoding. */
    public static Optional<byte[]> blob(String base64) {
        try {
            byte[] bytes = Base64.getDecoder().decode(base64);
            return Base64.getEncoder().encodeToString(bytes).equals(base64) ? Optional.of(bytes) : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** Parses a key in wire format; empty if it is not an accepted key. */
    public static Optional<PublicKey> ofBytes(byte[] blob) {
        return parts(blob)
                .filter(parts -> !parts.isEmpty())
                .map(parts -> new String(parts.getFirst(), StandardCharsets.ISO_8859_1))
                .filter(PARTS::containsKey)
                .flatMap(type -> parse(type + " " + Base64.getEncoder().encodeToString(blob)));
    }

    /** Splits length-prefixed strings; empty if the last one does not end with the bytes. */
    public static Optional<List<byte[]>> parts(byte[] blob) {
        ByteBuffer left = ByteBuffer.wrap(blob);
        List<byte[]> parts = new ArrayList<>();
        while (left.hasRemaining()) {
            if (left.remaining() < Integer.BYTES) {
                return Optional.empty();
            }
            int length = left.getInt();
            if (length < 0 || length > left.remaining()) {
                return Optional.empty();
            }
            byte[] part = new byte[length];
            left.get(part);
            parts.add(part);
        }
        return Optional.of(parts);
    }

    /** Returns the key in wire format. */
    public byte[] bytes() {
        return Base64.getDecoder().decode(base64);
    }

    /** Returns whether the key is in a device that signs for only one application. */
    public boolean isOfSecurityKey() {
        return type.startsWith("sk-");
    }

    /** Compares the key with one in wire format. */
    public boolean isSame(byte[] blob) {
        return MessageDigest.isEqual(bytes(), blob);
    }

    /** Returns the fingerprint, as printed by {@code ssh-keygen -l}. */
    public String fingerprint() {
        return fingerprint(bytes());
    }

    public static String fingerprint(byte[] blob) {
        return "SHA256:" + Base64.getEncoder().withoutPadding().encodeToString(Digests.sha256(blob));
    }

    public PublicKey withoutComment() {
        return new PublicKey(type, base64, null);
    }

    /** Returns the line of a .pub file. */
    @JsonValue
    public String line() {
        return type + " " + base64 + (comment == null ? "" : " " + comment);
    }
}
