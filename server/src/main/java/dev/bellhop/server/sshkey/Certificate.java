// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.sshkey;

import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A certificate of OpenSSH, as its PROTOCOL.certkeys describes it. What it is worth is not asked here.
 *
 * @param publicKey whose holder has it
 * @param serial of 64 bits, without a sign
 * @param isForUser whether it is for whoever logs in; false for a host's
 * @param id what the CA has named it, of any characters
 * @param principals whom the holder may be
 * @param validAfter seconds since 1970, without a sign
 * @param validBefore likewise; it is valid no more in that second
 * @param criticalOptions by name; who does not know one must refuse it
 * @param extensions by name; who does not know one leaves it alone
 * @param authority the CA's key, as it goes over the wire
 * @param signed what the CA has signed
 * @param signature by it: the algorithm's name, and what that has made
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

    /** More than the largest that ssh-keygen signs for. */
    private static final int MAX_BYTES = 64 << 10;

    /** The name of what a certificate of this name is for, or by which it signs; empty for one that is no certificate's. */
    public static Optional<String> plainName(String name) {
        if (!name.endsWith(MARK)) {
            return Optional.empty();
        }
        String plain = name.substring(0, name.length() - MARK.length());
        return Optional.of(plain.startsWith("sk-") ? plain + OPENSSH : plain);
    }

    /** Empty where the bytes are not wholly one certificate, for a key that is taken. */
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

    /** The key's parts without its type, which is the certificate's. */
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

    /** One that stands there twice might be read by halves. */
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

    /** Whether its CA has signed it, by a key that is taken. Whether a device that has the key was touched, OpenSSH does not ask, either. */
    public boolean isSigned() {
        Optional<PublicKey> ca = PublicKey.ofBytes(authority);
        try {
            return ca.isPresent() && SignatureCheck.verify(ca.get(), signed, signature, false);
        } catch (GeneralSecurityException | MalformedException e) {
            return false;
        }
    }

    /**
     * Whether it is valid then.
     *
     * @param seconds since 1970, not negative
     */
    public boolean isValidAt(long seconds) {
        return Long.compareUnsigned(validAfter, seconds) <= 0 && Long.compareUnsigned(seconds, validBefore) < 0;
    }
}
