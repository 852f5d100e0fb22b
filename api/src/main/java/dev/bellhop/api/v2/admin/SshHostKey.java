// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.admin;

import java.util.Objects;

/**
 * A key by which the SSH door shows that it is itself.
 *
 * @param keyType such as ssh-ed25519
 * @param publicKey type and key, as known_hosts has them behind the name
 * @param fingerprint as {@code ssh} and {@code ssh-keygen -l} print it
 */
public record SshHostKey(String keyType, String publicKey, String fingerprint) {

    public SshHostKey {
        Objects.requireNonNull(keyType, "keyType");
        Objects.requireNonNull(publicKey, "publicKey");
        Objects.requireNonNull(fingerprint, "fingerprint");
    }
}
