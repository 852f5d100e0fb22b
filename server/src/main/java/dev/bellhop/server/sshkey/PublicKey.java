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
 * A public key of SSH, as a file with the ending .pub has it.
 *
 * @param base64 the key itself, in its only spelling
 * @param comment for people; absent where there is none
 */
public record PublicKey(
        String type, String base64, @Nullable String comment) {
    private static final int MAX_BASE64 = 12_000;
    static final int MAX_COMMENT = 200;
    /** A key of fewer is broken by those who can afford it. */
    static final int MIN_RSA_BITS = 2048;

    /** More than OpenSSH takes. */
    private static final int MAX_RSA_BITS = 16_384;

    private static final int MAX_EXPONENT_BITS = 64;

    private static final int ED25519_BYTES = 32;

    /** How many strings of bytes a key of each type has, with its type as the first. What is not here nobody should use. */
    static final Map<String, Integer> PARTS = Map.of(
            "ssh-ed25519", 2,
            "ssh-rsa", 3,
            "ecdsa-sha2-nistp256", 3,
            "ecdsa-sha2-nistp384", 3,
            "ecdsa-sha2-nistp521", 3,
            "sk-ssh-ed25519@openssh.com", 3,
            "sk-ecdsa-sha2-nistp256@openssh.com", 4);

    /** What a user gives: a type, the key and perhaps a comment, in one line. Empty where it is not exactly that. */
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

    /** Whether its numbers are as long as they have to be. */
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

    /** Large numbers take the server seconds to check a signature by. */
    private static boolean isGoodRsa(BigInteger exponent, BigInteger modulus) {
        return modulus.bitLength() >= MIN_RSA_BITS
                && modulus.bitLength() <= MAX_RSA_BITS
                && exponent.bitLength() > 1
                && exponent.bitLength() <= MAX_EXPONENT_BITS
                && exponent.testBit(0)
                && modulus.testBit(0);
    }

    /** The bytes of a key; empty where the text is not their only spelling. */
    public static Optional<byte[]> blob(String base64) {
        try {
            byte[] bytes = Base64.getDecoder().decode(base64);
            return Base64.getEncoder().encodeToString(bytes).equals(base64) ? Optional.of(bytes) : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** A key as it goes over the wire; empty where it is none that is taken. */
    public static Optional<PublicKey> ofBytes(byte[] blob) {
        return parts(blob)
                .filter(parts -> !parts.isEmpty())
                .map(parts -> new String(parts.getFirst(), StandardCharsets.ISO_8859_1))
                .filter(PARTS::containsKey)
                .flatMap(type -> parse(type + " " + Base64.getEncoder().encodeToString(blob)));
    }

    /** Each with its length before it; empty where they do not end with the bytes. */
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

    /** The key itself, as it goes over the wire. */
    public byte[] bytes() {
        return Base64.getDecoder().decode(base64);
    }

    /** Whether it is in a device that signs what is for one application only. */
    public boolean isOfSecurityKey() {
        return type.startsWith("sk-");
    }

    /** Whether it is what goes over the wire. */
    public boolean isSame(byte[] blob) {
        return MessageDigest.isEqual(bytes(), blob);
    }

    /** As {@code ssh-keygen -l} prints it. */
    public String fingerprint() {
        return fingerprint(bytes());
    }

    public static String fingerprint(byte[] blob) {
        return "SHA256:" + Base64.getEncoder().withoutPadding().encodeToString(Digests.sha256(blob));
    }

    /** The same without what is there for people. */
    public PublicKey withoutComment() {
        return new PublicKey(type, base64, null);
    }

    /** As it stands in a file. */
    @JsonValue
    public String line() {
        return type + " " + base64 + (comment == null ? "" : " " + comment);
    }
}
