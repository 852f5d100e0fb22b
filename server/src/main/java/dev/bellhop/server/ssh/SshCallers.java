// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import dev.bellhop.server.access.Key;
import java.net.InetAddress;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Finds the API keys that those who log in stand for. Thread safe; asked often, so it has its answers in memory. */
public interface SshCallers {
    /**
     * The API key that an SSH key was registered with, where it is valid now and may be used from there.
     *
     * @param publicKey as SSH sends it (RFC 4253, section 6.6): what an authorized_keys line has in base64
     * @param from absent where that is not known
     */
    Optional<Key> byPublicKey(byte[] publicKey, @Nullable InetAddress from);

    /** Notes that somebody has proved to have an SSH key, and was let in. */
    void used(byte[] publicKey);
}
