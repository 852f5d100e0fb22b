// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.crypto;

import java.security.Provider;
import java.security.Security;
import java.util.Optional;
import org.apache.sshd.common.util.security.AbstractSecurityProviderRegistrar;
import org.apache.sshd.common.util.security.SecurityUtils;
import org.apache.sshd.common.util.security.eddsa.generic.EdDSASupport;

/** Tells the SSH library that the JDK knows Ed25519. All else it takes from the JDK by itself. */
public final class JdkSecurity extends AbstractSecurityProviderRegistrar {
    private static final String NAME = "BellhopEd25519";
    private static final String JDK_PROVIDER = "SunEC";

    private JdkSecurity() {
        super(NAME);
    }

    /** To be called before anything else of the library: it looks once what there is. Calling it again changes nothing. */
    public static void register() {
        // Or it would take them for Ed25519, where something else has brought them.
        SecurityUtils.setAPrioriDisabledProvider(SecurityUtils.EDDSA, true);
        SecurityUtils.setAPrioriDisabledProvider(SecurityUtils.BOUNCY_CASTLE, true);
        SecurityUtils.registerSecurityProvider(new JdkSecurity());
    }

    @Override
    public boolean isSupported() {
        return true;
    }

    @Override
    public String getProviderName() {
        return JDK_PROVIDER;
    }

    @Override
    public Provider getSecurityProvider() {
        return Security.getProvider(JDK_PROVIDER);
    }

    /** Or the library took this for a provider of all algorithms. */
    @Override
    public boolean isSecurityEntitySupported(Class<?> type, String name) {
        return false;
    }

    @Override
    public Optional<EdDSASupport<?, ?>> getEdDSASupport() {
        return Optional.of(new JdkEd25519());
    }
}
