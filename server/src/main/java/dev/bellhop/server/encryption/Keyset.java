// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.encryption;

import com.google.crypto.tink.Aead;
import com.google.crypto.tink.Configuration;
import com.google.crypto.tink.InsecureSecretKeyAccess;
import com.google.crypto.tink.KeyStatus;
import com.google.crypto.tink.KeysetHandle;
import com.google.crypto.tink.RegistryConfiguration;
import com.google.crypto.tink.TinkJsonProtoKeysetFormat;
import com.google.crypto.tink.aead.AeadWrapper;
import com.google.crypto.tink.aead.AesGcmKeyManager;
import com.google.crypto.tink.aead.AesGcmParameters;
import com.google.crypto.tink.aead.PredefinedAeadParameters;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;

/**
 * Keys of AES-256-GCM: the primary key encrypts; older keys only decrypt. Written as Tink's JSON. Immutable, thread
 * safe.
 */
final class Keyset {
    /** With this variant, a ciphertext begins with one byte and the id of its key. */
    private static final AesGcmParameters PARAMETERS = PredefinedAeadParameters.AES256_GCM;

    private static final Configuration TINK = tink();

    private final KeysetHandle handle;
    private final Aead aead;
    private final int primary;

    private Keyset(KeysetHandle handle) throws GeneralSecurityException {
        this.handle = handle;
        this.primary = handle.getPrimary().getId();
        this.aead = handle.getPrimitive(TINK, Aead.class);
    }

    /** Registers only this kind of key, because registering all of Tink would slow down each start. */
    private static Configuration tink() {
        try {
            AesGcmKeyManager.register(true);
            AeadWrapper.register();
            return RegistryConfiguration.get();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has AES-GCM", e);
        }
    }

    static Keyset generate() {
        return built(KeysetHandle.newBuilder().addEntry(newPrimary()));
    }

    private static KeysetHandle.Builder.Entry newPrimary() {
        return KeysetHandle.generateEntryFromParameters(PARAMETERS)
                .withRandomId()
                .makePrimary();
    }

    Keyset withNewPrimary() {
        return built(KeysetHandle.newBuilder(handle).addEntry(newPrimary()));
    }

    Keyset primaryAlone() {
        return built(KeysetHandle.newBuilder()
                .addEntry(KeysetHandle.importKey(handle.getPrimary().getKey()).makePrimary()));
    }

    private static Keyset built(KeysetHandle.Builder builder) {
        try {
            return new Keyset(builder.build());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("a keyset can be made of keys of one kind", e);
        }
    }

    /**
     * Parses the result of {@link #json}, or a keyset that a Tink program wrote.
     *
     * @throws GeneralSecurityException if it is not a keyset, or has keys other than AES-256-GCM
     */
    static Keyset parse(String json) throws GeneralSecurityException {
        try {
            KeysetHandle handle = TinkJsonProtoKeysetFormat.parseKeyset(json, InsecureSecretKeyAccess.get());
            for (int i = 0; i < handle.size(); i++) {
                if (!handle.getAt(i).getKey().getParameters().equals(PARAMETERS)) {
                    throw new GeneralSecurityException("a key of another kind than AES256_GCM with the prefix TINK");
                }
            }
            return new Keyset(handle);
        } catch (RuntimeException e) {
            // The exception's message may quote the input.
            throw new GeneralSecurityException("no keyset: " + e.getClass().getSimpleName());
        }
    }

    /** Contains the keys themselves: write it only where no one else can read it. */
    String json() {
        try {
            return TinkJsonProtoKeysetFormat.serializeKeyset(handle, InsecureSecretKeyAccess.get());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("keys that were read can be written", e);
        }
    }

    Aead aead() {
        return aead;
    }

    int primary() {
        return primary;
    }

    /** Returns the ids of all enabled keys, including the primary one. */
    List<Integer> ids() {
        List<Integer> ids = new ArrayList<>();
        for (int i = 0; i < handle.size(); i++) {
            if (handle.getAt(i).getStatus().equals(KeyStatus.ENABLED)) {
                ids.add(handle.getAt(i).getId());
            }
        }
        return ids;
    }

    @Override
    public String toString() {
        return "Keyset" + ids();
    }
}
