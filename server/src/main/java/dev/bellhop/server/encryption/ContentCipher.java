// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.encryption;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Encrypts what is stored, and decrypts it. What is sealed is bound to its context, a text that says what it is and whose: in
 * another place it cannot be opened, so that nobody can swap rows unnoticed. The first line of a context is for people, in the
 * messages of failures. Thread safe.
 */
public final class ContentCipher {
    /** By how many bytes what is sealed is longer: a byte, the key's id, the nonce and the tag. */
    public static final int OVERHEAD = 1 + Integer.BYTES + 12 + 16;

    private static final String CHECK = "bellhop";
    private static final byte[] NOTHING = {};
    private static final String CHECK_CONTEXT = "check of the encryption keys";

    /**
     * Tink makes a random generator for each thread that seals, and looks for a class that is not there to do so: for a
     * thread that lives for one request, that takes several times as long as to hand the work to one that has its generator.
     */
    private static final Executor SEALERS = Executors.newFixedThreadPool(
            Runtime.getRuntime().availableProcessors(),
            Thread.ofVirtual().name("sealer-", 1).factory());

    private volatile Keyset keys;

    private ContentCipher(Keyset keys) {
        this.keys = keys;
    }

    /** Seals one thing after another, on the thread that it is used by. */
    public interface Sealer {
        byte[] seal(byte[] plain, String context);
    }

    /**
     * A cipher with the keys that are there.
     *
     * @param check what {@link #check} gave for what is stored; absent where nothing is encrypted yet, and only then keys
     *     are made where there are none
     */
    public static ContentCipher with(KeySource source, byte @Nullable [] check) throws EncryptionKeysException {
        ContentCipher cipher = new ContentCipher(source.load(check == null));
        if (check != null) {
            try {
                cipher.open(check, CHECK_CONTEXT);
            } catch (UnreadableContentException e) {
                throw new EncryptionKeysException("Cannot use the encryption keys " + source
                        + " because what is stored was encrypted with others; take those that belong to this database");
            }
        }
        return cipher;
    }

    /** To be stored beside what is sealed: it tells other keys from these. */
    public byte[] check() {
        return seal(bytes(CHECK), CHECK_CONTEXT);
    }

    public byte[] seal(byte[] plain, String context) {
        return together(sealer -> sealer.seal(plain, context));
    }

    /** Has several things sealed, which takes little more than one does. */
    public <T> T together(Function<Sealer, T> work) {
        return Thread.currentThread().isVirtual()
                ? CompletableFuture.supplyAsync(() -> work.apply(this::sealHere), SEALERS)
                        .join()
                : work.apply(this::sealHere);
    }

    /** A message authentication code of a text, which whoever lacks the keys can neither make nor change. Its first line is as that of a context. */
    public byte[] mac(String text) {
        return seal(NOTHING, text);
    }

    /**
     * Throws where it is not the MAC of this text, made with one of the keys there are.
     *
     * @param mac absent where there is none
     */
    public void checkMac(byte @Nullable [] mac, String text) {
        if (mac == null || mac.length != OVERHEAD) {
            throw UnreadableContentException.changed(text);
        }
        try {
            open(mac, text);
        } catch (UnreadableContentException e) {
            throw keys.ids().contains(keyId(mac)) ? UnreadableContentException.changed(text) : e;
        }
    }

    private byte[] sealHere(byte[] plain, String context) {
        try {
            return keys.aead().encrypt(plain, bytes(context));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("everything that fits into memory can be encrypted", e);
        }
    }

    /**
     * What was sealed.
     *
     * @throws UnreadableContentException where it was not sealed in this context, with one of the keys there are
     */
    public byte[] open(byte[] sealed, String context) {
        Keyset now = keys;
        try {
            return now.aead().decrypt(sealed, bytes(context));
        } catch (GeneralSecurityException e) {
            boolean known = sealed.length >= OVERHEAD && now.ids().contains(keyId(sealed));
            throw new UnreadableContentException(context, known);
        }
    }

    /** The same where it was sealed with the primary key; else sealed anew with that. */
    public byte[] renewed(byte[] sealed, String context) {
        return isRenewed(sealed) ? sealed : seal(open(sealed, context), context);
    }

    /** Whether it says that it was sealed with the primary key. */
    public boolean isRenewed(byte[] sealed) {
        return sealed.length >= OVERHEAD && keyId(sealed) == keys.primary();
    }

    /** The id of the key that encrypts. */
    public int primary() {
        return keys.primary();
    }

    Keyset keys() {
        return keys;
    }

    /** Seals with the primary one of these from now on. */
    void use(Keyset newKeys) {
        keys = newKeys;
    }

    private static byte[] bytes(String context) {
        return context.getBytes(StandardCharsets.UTF_8);
    }

    private static int keyId(byte[] sealed) {
        return ByteBuffer.wrap(sealed).getInt(1);
    }
}
