// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.sshkey;

import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An OpenSSH certificate, as described in its PROTOCOL.certkeys. Parsing does not verify it.
 *
 * @param publicKey the key of the holder
 * @param serial an unsigned 64-bit number
 * @param isForUser whether it is for users who log in; false for a host certificate
 * @param id the CA's name for it, with any characters
 * @param principals the names that the holder can use
 * @param validAfter unsigned seconds since 1970
 * @param validBefore unsigned seconds since 1970; invalid from this second on
 * @param criticalOptions by name; a server must refuse the certificate if it does not know one
 * @param extensions by name; a server ignores unknown ones
 * @param authority the CA's key, in wire format
 * @param signed the bytes that the CA signed
 * @param signature the CA's signature: the name of the algorithm and the signature itself
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
public record Certificate(
        PublicKey publicKey,
        long serial,
        boolean isForUser,
        String id,
        List<String> principals,
        long validAfter,
        long validBefore,
        Map<String, byte[]> criticalOptions,
        Map<String, byte[]> extensions,
        byte[] authority,
        byte[] signed,
        byte[] signature) {
    private static final String OPENSSH = "@openssh.com";
    private static final String MARK = "-cert-v01" + OPENSSH;
    private static final int USER = 1;
    private static final int HOST = 2;

    /** Larger than any certificate that ssh-keygen signs. */
    private static final int MAX_BYTES = 64 << 10;

    /**
     * Returns the plain form of a certificate's key type or signature algorithm; empty if the name is not for
     * certificates.
     */
    public static Optional<String> plainName(String name) {
        if (!name.endsWith(MARK)) {
            return Optional.empty();
        }
        String plain = name.substring(0, name.length() - MARK.length());
        return Optional.of(plain.startsWith("sk-") ? plain + OPENSSH : plain);
    }

    /** Parses a certificate. Empty if the bytes are not exactly one certificate, or if its key type is not accepted. */
    public static Optional<Certificate> parse(byte[] blob) {
        try {
            return blob.length > MAX_BYTES ? Optional.empty() : Optional.of(read(blob));
        } catch (MalformedException e) {
            return Optional.empty();
        }
    }

    private static Certificate read(byte[] blob) throws MalformedException {
        WireReader in = new WireReader(blob);
        String plainType = plainName(in.text()).orElseThrow(MalformedException::new);
        in.bytes(); // The nonce.
        PublicKey publicKey = publicKey(plainType, in);
        long serial = in.number64();
        int kind = in.number32();
        if (kind != USER && kind != HOST) {
            throw new MalformedException();
        }
        String id = in.text();
        List<String> principals = new WireReader(in.bytes()).texts();
        long validAfter = in.number64();
        long validBefore = in.number64();
        Map<String, byte[]> criticalOptions = options(in.bytes());
        Map<String, byte[]> extensions = options(in.bytes());
        in.bytes(); // Reserved.
        byte[] authority = in.bytes();
        byte[] signed = in.soFar();
        byte[] signature = in.bytes();
        in.end();
        return new Certificate(
                publicKey,
                serial,
                kind == USER,
                id,
                principals,
                validAfter,
                validBefore,
                criticalOptions,
                extensions,
                authority,
                signed,
                signature);
    }

    /** Reads the parts of the key. Its type is the certificate's type. */
    private static PublicKey publicKey(String type, WireReader in) throws MalformedException {
        Integer parts = PublicKey.PARTS.get(type);
        if (parts == null) {
            throw new MalformedException();
        }
        WireWriter blob = new WireWriter().text(type);
        for (int i = 1; i < parts; i++) {
            blob.bytes(in.bytes());
        }
        return PublicKey.parse(type + " " + Base64.getEncoder().encodeToString(blob.written()))
                .orElseThrow(MalformedException::new);
    }

    /** Rejects an option that appears twice, because readers could disagree on its value. */
    private static Map<String, byte[]> options(byte[] list) throws MalformedException {
        WireReader in = new WireReader(list);
        Map<String, byte[]> options = new HashMap<>();
        while (in.hasMore()) {
            if (options.put(in.text(), in.bytes()) != null) {
                throw new MalformedException();
            }
        }
        return Map.copyOf(options);
    }

    /**
     * Returns whether its CA signed it, with an accepted kind of key. Like OpenSSH, does not check whether a device
     * with the key was touched.
     */
    public boolean isSigned() {
        Optional<PublicKey> ca = PublicKey.ofBytes(authority);
        try {
            return ca.isPresent() && SignatureCheck.verify(ca.get(), signed, signature, false);
        } catch (GeneralSecurityException | MalformedException e) {
            return false;
        }
    }

    /**
     * Returns whether it is valid at this time.
     *
     * @param seconds since 1970, not negative
     */
    public boolean isValidAt(long seconds) {
        return Long.compareUnsigned(validAfter, seconds) <= 0 && Long.compareUnsigned(seconds, validBefore) < 0;
    }
}
