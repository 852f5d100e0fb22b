// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.crypto;

import java.security.Provider;
import java.security.Security;
import java.util.Optional;
import org.apache.sshd.common.util.security.AbstractSecurityProviderRegistrar;
import org.apache.sshd.common.util.security.SecurityUtils;
import org.apache.sshd.common.util.security.eddsa.generic.EdDSASupport;

/** Registers the JDK's Ed25519 with the SSH library. The library finds the JDK's other algorithms by itself. */
public final class JdkSecurity extends AbstractSecurityProviderRegistrar {
    private static final String NAME = "BellhopEd25519";
    private static final String JDK_PROVIDER = "SunEC";

    private JdkSecurity() {
        super(NAME);
    }

    /**
     * Registers this class. Call it before any other use of the library, which checks only once. Repeated calls have no
     * effect.
     */
    public static void register() {
        // Otherwise, the library would use these for Ed25519 if they are on the class path.
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

    /** Returns false to limit this provider to Ed25519. */
    @Override
    public boolean isSecurityEntitySupported(Class<?> type, String name) {
        return false;
    }

    @Override
    public Optional<EdDSASupport<?, ?>> getEdDSASupport() {
        return Optional.of(new JdkEd25519());
    }
}
