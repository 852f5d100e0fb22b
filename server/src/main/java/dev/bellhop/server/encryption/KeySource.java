// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.encryption;

public sealed interface KeySource permits KeyFile, GivenKeys {
    /**
     * The keys that are there, or new ones.
     *
     * @param isNew whether nothing is encrypted yet, so that keys may be made where there are none
     */
    Keyset load(boolean isNew) throws EncryptionKeysException;

    /** The keys that are there; changes nothing. */
    Keyset read() throws EncryptionKeysException;

    /** Puts others in their place, durably, where that can be done. */
    void replace(Keyset keys) throws EncryptionKeysException;
}
