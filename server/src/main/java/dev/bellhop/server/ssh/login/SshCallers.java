// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.login;

import dev.bellhop.server.access.Key;
import dev.bellhop.server.sshkey.OfferedKey;
import java.net.InetAddress;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Finds the API keys for SSH keys and CAs. Thread safe. Called often, so implementations answer from memory. */
public interface SshCallers {
    /**
     * Returns the API key of a registered SSH key, or of the CA of a certificate, if it is valid now and allowed from
     * that address. Does not check the certificate itself.
     *
     * @param from absent if unknown
     */
    Optional<Key> find(OfferedKey offered, @Nullable InetAddress from);

    /** Records a login with this key or certificate. */
    void used(OfferedKey offered);
}
