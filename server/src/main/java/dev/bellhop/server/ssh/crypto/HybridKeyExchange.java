// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.crypto;

import org.apache.sshd.common.digest.BuiltinDigests;
import org.apache.sshd.common.digest.Digest;
import org.apache.sshd.common.kex.AbstractDH;
import org.apache.sshd.common.kex.DHFactory;
import org.apache.sshd.common.kex.KeyEncapsulationMethod;
import org.apache.sshd.common.kex.MontgomeryCurve;
import org.apache.sshd.common.kex.XDH;

/** ML-KEM-768 and Curve25519 together: an attacker has to break both. OpenSSH 10 requests it first. */
final class HybridKeyExchange implements DHFactory {
    static final String NAME = "mlkem768x25519-sha256";

    @Override
    public String getName() {
        return NAME;
    }

    @Override
    public boolean isGroupExchange() {
        return false;
    }

    @Override
    public boolean isSupported() {
        return true;
    }

    @Override
    public AbstractDH create(Object... parameters) throws Exception {
        return new XDH(MontgomeryCurve.x25519, true) {
            @Override
            public KeyEncapsulationMethod getKeyEncapsulation() {
                return new JdkMlKem();
            }

            @Override
            public Digest getHash() throws Exception {
                return BuiltinDigests.sha256.create();
            }
        };
    }
}
