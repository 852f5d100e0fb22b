// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.crypto;

import java.util.ArrayList;
import java.util.List;
import org.apache.sshd.common.NamedFactory;
import org.apache.sshd.common.cipher.BuiltinCiphers;
import org.apache.sshd.common.compression.BuiltinCompressions;
import org.apache.sshd.common.kex.BuiltinDHFactories;
import org.apache.sshd.common.kex.DHFactory;
import org.apache.sshd.common.mac.BuiltinMacs;
import org.apache.sshd.common.signature.BuiltinSignatures;
import org.apache.sshd.common.signature.Signature;
import org.apache.sshd.server.ServerBuilder;
import org.apache.sshd.server.SshServer;

/**
 * Chooses the algorithms of the SSH door: the best first, and no weak ones. The library adds strict key exchange.
 * {@code docs/decisions/ssh.md} explains the absence of others.
 */
public final class Algorithms {
    /** The last algorithm is for clients without Curve25519, such as Ruby's net-ssh without its optional library. */
    private static final List<DHFactory> KEY_EXCHANGES = List.of(
            new HybridKeyExchange(),
            BuiltinDHFactories.curve25519,
            BuiltinDHFactories.curve25519_libssh,
            BuiltinDHFactories.ecdhp256);

    private static final List<BuiltinCiphers> CIPHERS = List.of(
            BuiltinCiphers.aes256gcm,
            BuiltinCiphers.aes128gcm,
            BuiltinCiphers.aes256ctr,
            BuiltinCiphers.aes192ctr,
            BuiltinCiphers.aes128ctr);

    /**
     * The last algorithm is for clients without encrypt-then-MAC, such as Dropbear and libssh2 before 1.11. The
     * client's order decides.
     */
    private static final List<BuiltinMacs> MACS =
            List.of(BuiltinMacs.hmacsha256etm, BuiltinMacs.hmacsha512etm, BuiltinMacs.hmacsha256);

    private static final List<BuiltinSignatures> SIGNATURES = List.of(
            BuiltinSignatures.ed25519,
            BuiltinSignatures.nistp256,
            BuiltinSignatures.nistp384,
            BuiltinSignatures.nistp521,
            BuiltinSignatures.sk_ssh_ed25519,
            BuiltinSignatures.sk_ecdsa_sha2_nistp256,
            BuiltinSignatures.rsaSHA512,
            BuiltinSignatures.rsaSHA256);

    /** The same for host keys with certificates, only for the existing types of host keys. */
    private static final List<BuiltinSignatures> HOST_CERTIFICATES =
            List.of(BuiltinSignatures.ed25519_cert, BuiltinSignatures.nistp256_cert);

    private Algorithms() {}

    /** Returns the accepted signature algorithms. Certificates use the same algorithms under other names. */
    static List<NamedFactory<Signature>> signatures() {
        return new ArrayList<>(SIGNATURES);
    }

    public static void set(SshServer server) {
        server.setKeyExchangeFactories(
                NamedFactory.setUpTransformedFactories(false, KEY_EXCHANGES, ServerBuilder.DH2KEX));
        server.setCipherFactories(new ArrayList<>(CIPHERS));
        server.setMacFactories(new ArrayList<>(MACS));
        List<NamedFactory<Signature>> ofHosts = signatures();
        ofHosts.addAll(HOST_CERTIFICATES);
        server.setSignatureFactories(ofHosts);
        server.setCompressionFactories(new ArrayList<>(List.of(BuiltinCompressions.none)));
    }
}
