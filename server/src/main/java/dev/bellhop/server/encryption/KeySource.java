// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.encryption;

public sealed interface KeySource permits KeyFile, GivenKeys {
    /**
     * Returns the existing keys, or new ones.
     *
     * @param isNew whether nothing is encrypted yet, so missing keys can be created
     */
    Keyset load(boolean isNew) throws EncryptionKeysException;

    /** Returns the existing keys; changes nothing. */
    Keyset read() throws EncryptionKeysException;

    /** Replaces the keys durably, if this source supports it. */
    void replace(Keyset keys) throws EncryptionKeysException;
}
