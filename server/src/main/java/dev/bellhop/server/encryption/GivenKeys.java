// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.encryption;

import java.security.GeneralSecurityException;

/** Keys that the server gets when it starts and never writes. */
public record GivenKeys(String json) implements KeySource {
    public static final String VARIABLE = "BELLHOP_ENCRYPTION_KEYS";

    @Override
    public Keyset load(boolean isNew) throws EncryptionKeysException {
        return read();
    }

    @Override
    public Keyset read() throws EncryptionKeysException {
        try {
            return Keyset.parse(json);
        } catch (GeneralSecurityException e) {
            throw new EncryptionKeysException("Cannot use the encryption keys in " + VARIABLE
                    + " because it does not hold keys of AES256_GCM in Tink's JSON");
        }
    }

    @Override
    public void replace(Keyset keys) throws EncryptionKeysException {
        throw new EncryptionKeysException("Cannot change the encryption keys because the server was given them in "
                + VARIABLE + "; add a key there, as the primary one, and restart the server");
    }

    @Override
    public String toString() {
        return VARIABLE;
    }
}
