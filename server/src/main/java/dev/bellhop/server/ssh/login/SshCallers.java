// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.login;

import dev.bellhop.server.access.Key;
import dev.bellhop.server.sshkey.OfferedKey;
import java.net.InetAddress;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Finds the API keys that those who log in stand for. Thread safe; asked often, so it has its answers in memory. */
public interface SshCallers {
    /**
     * The API key that an SSH key was registered with, or the CA of a certificate, where it is valid now and may be used from there. The
     * certificate itself is not checked.
     *
     * @param from absent where that is not known
     */
    Optional<Key> find(OfferedKey offered, @Nullable InetAddress from);

    /** Notes that somebody has proved to have what was offered, and was let in. */
    void used(OfferedKey offered);
}
