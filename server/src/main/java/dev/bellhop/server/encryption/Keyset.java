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
 * Keys of AES-256-GCM: the primary one, which encrypts, and older ones, which only decrypt any more. Written as Tink's JSON.
 * Immutable, thread safe.
 */
final class Keyset {
    /** What a ciphertext begins with: one byte, and the id of its key. */
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

    /** Of all that Tink can do this one kind of key is made known to it: the others would be felt in each start. */
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
     * What {@link #json} has written, or a program of Tink's.
     *
     * @throws GeneralSecurityException where it is no keyset, or one with other keys than those of AES-256-GCM
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
            // Its message may quote what was read.
            throw new GeneralSecurityException("no keyset: " + e.getClass().getSimpleName());
        }
    }

    /** With all keys in it: to be written where nobody else reads it. */
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

    /** The ids of all keys, the disabled ones excepted; the primary one among them. */
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
