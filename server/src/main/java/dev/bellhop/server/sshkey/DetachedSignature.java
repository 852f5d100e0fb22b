// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.sshkey;

import dev.bellhop.server.digest.Digests;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;

/** A signature in the format of {@code ssh-keygen -Y sign} (OpenSSH's PROTOCOL.sshsig). */
public final class DetachedSignature {
    private static final String BEGIN = "-----BEGIN SSH SIGNATURE-----";
    private static final String END = "-----END SSH SIGNATURE-----";
    private static final byte[] MAGIC = "SSHSIG".getBytes(StandardCharsets.US_ASCII);
    private static final int VERSION = 1;
    private static final int MAX_TEXT = 16_384;

    private final byte[] publicKey;
    private final String namespace;
    private final byte[] reserved;
    private final String hash;
    private final byte[] signature;

    private DetachedSignature(WireReader in) throws MalformedException {
        publicKey = in.bytes();
        namespace = in.text();
        reserved = in.bytes();
        hash = in.text();
        signature = in.bytes();
        in.end();
    }

    /** Parses a signature; empty if the text is not one. */
    public static Optional<DetachedSignature> parse(String text) {
        String armored = text.strip();
        if (armored.length() > MAX_TEXT
                || armored.length() < BEGIN.length() + END.length()
                || !armored.startsWith(BEGIN)
                || !armored.endsWith(END)) {
            return Optional.empty();
        }
        String base64 = armored.substring(BEGIN.length(), armored.length() - END.length());
        try {
            byte[] bytes = Base64.getDecoder().decode(base64.replaceAll("\\s", ""));
            if (bytes.length < MAGIC.length || !Arrays.equals(Arrays.copyOf(bytes, MAGIC.length), MAGIC)) {
                return Optional.empty();
            }
            WireReader in = new WireReader(Arrays.copyOfRange(bytes, MAGIC.length, bytes.length));
            return in.number32() == VERSION ? Optional.of(new DetachedSignature(in)) : Optional.empty();
        } catch (IllegalArgumentException | MalformedException e) {
            return Optional.empty();
        }
    }

    /** Returns whether a key has signed this text for a purpose. */
    public boolean isBy(PublicKey key, String purpose, String text) {
        if (!key.isSame(publicKey) || !namespace.equals(purpose)) {
            return false;
        }
        try {
            WireWriter signed = new WireWriter()
                    .raw(MAGIC)
                    .text(namespace)
                    .bytes(reserved)
                    .text(hash)
                    .bytes(digest(text.getBytes(StandardCharsets.UTF_8)));
            return SignatureCheck.verify(key, signed.written(), signature, true);
        } catch (GeneralSecurityException | MalformedException e) {
            return false;
        }
    }

    private byte[] digest(byte[] bytes) throws GeneralSecurityException, MalformedException {
        return switch (hash) {
            case "sha256" -> Digests.sha256(bytes);
            case "sha512" -> MessageDigest.getInstance("SHA-512").digest(bytes);
            default -> throw new MalformedException();
        };
    }
}
