// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.tls;

import dev.bellhop.server.tls.TlsFileException.Part;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Reads a private key. Java supports only PKCS#8. Keys in the two older formats of OpenSSL, PKCS#1 for RSA and SEC 1
 * for elliptic curves, are wrapped in it.
 */
final class PrivateKeys {
    private static final List<String> ALGORITHMS = List.of("RSA", "EC", "EdDSA");

    private PrivateKeys() {}

    static PrivateKey read(Path path) throws TlsFileException {
        PemFile file = PemFile.read(Part.KEY, path);
        for (PemFile.Block block : file.blocks()) {
            // The older encrypted format has a separate header for that.
            if (block.type().equals("ENCRYPTED PRIVATE KEY") || block.text().contains(",ENCRYPTED")) {
                throw file.wrong(
                        "has a key that is encrypted, and nobody is there to type its passphrase; decrypt it with"
                                + " 'openssl pkey', and let only the user that runs the server read it");
            }
            switch (block.type()) {
                case "PRIVATE KEY" -> {
                    return key(file, block, file.bytes(block));
                }
                case "RSA PRIVATE KEY" -> {
                    return key(file, block, Pkcs8.ofRsa(file.bytes(block)));
                }
                case "EC PRIVATE KEY" -> {
                    return key(file, block, ofCurve(file, block));
                }
                default -> {} // The file can also hold certificates and parameters.
            }
        }
        String types =
                file.blocks().stream().map(PemFile.Block::type).distinct().collect(Collectors.joining(", "));
        throw file.wrong("has no block PRIVATE KEY" + (types.isEmpty() ? "" : " but " + types)
                + "; a key in PEM has, in the form PKCS#8, PKCS#1 or SEC 1");
    }

    private static byte[] ofCurve(PemFile file, PemFile.Block block) throws TlsFileException {
        return Pkcs8.ofCurve(file.bytes(block)).orElseThrow(() -> file.damaged(block));
    }

    private static PrivateKey key(PemFile file, PemFile.Block block, byte[] pkcs8) throws TlsFileException {
        for (String algorithm : ALGORITHMS) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
            } catch (InvalidKeySpecException e) {
                // Not this kind of key. Drops the message, which could reveal the key.
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every JDK has " + algorithm, e);
            }
        }
        throw file.wrong(
                "has a block " + block.type() + " that is damaged, or is no key of RSA, an elliptic curve or Ed25519");
    }
}
