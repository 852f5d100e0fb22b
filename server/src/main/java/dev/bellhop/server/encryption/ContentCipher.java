// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.encryption;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.List;
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
     * @param check what {@link #check} gave for what is stored; absent where nothing is encrypted yet. Only then are keys made
     *     where there are none
     */
    public static ContentCipher with(KeySource source, byte @Nullable [] check) throws EncryptionKeysException {
        ContentCipher cipher = new ContentCipher(source.load(check == null));
        if (check != null) {
            cipher.requireMade(check, source);
        }
        return cipher;
    }

    /**
     * Changes nothing.
     *
     * @param check as with {@link #with}
     * @throws EncryptionKeysException if these are not the keys of what is stored
     */
    public static void requireKeys(KeySource source, byte[] check) throws EncryptionKeysException {
        new ContentCipher(source.read()).requireMade(check, source);
    }

    /**
     * Changes nothing.
     *
     * @throws EncryptionKeysException if one of the keys needed is not among these
     */
    public static void requireAll(KeySource needed, KeySource source) throws EncryptionKeysException {
        List<Integer> there = source.read().ids();
        for (int id : needed.read().ids()) {
            if (!there.contains(id)) {
                throw new EncryptionKeysException("Cannot use the encryption keys " + source + " because key "
                        + Integer.toUnsignedLong(id) + " of " + needed + " is not among them; take a copy of those");
            }
        }
    }

    private void requireMade(byte[] check, KeySource source) throws EncryptionKeysException {
        try {
            open(check, CHECK_CONTEXT);
        } catch (BellhopException e) {
            throw new EncryptionKeysException("Cannot use the encryption keys " + source
                    + " because what is stored was encrypted with others; take those that belong to this database");
        }
    }

    /** To be stored beside what is sealed: it tells other keys from these. */
    public byte[] check() {
        return seal(bytes(CHECK), CHECK_CONTEXT);
    }

    public byte[] seal(byte[] plain, String context) {
        return together(sealer -> sealer.seal(plain, context));
    }

    public byte[] sealText(String plain, String context) {
        return seal(bytes(plain), context);
    }

    /** Has several things sealed, which takes little more than one does. */
    public <T> T together(Function<Sealer, T> work) {
        return Thread.currentThread().isVirtual()
                ? CompletableFuture.supplyAsync(() -> work.apply(this::sealHere), SEALERS)
                        .join()
                : work.apply(this::sealHere);
    }

    /** A message authentication code: who lacks the keys can neither make it nor change the text. */
    public byte[] mac(String text) {
        return seal(NOTHING, text);
    }

    /**
     * Throws where it is not the MAC of this text, made with one of the keys there are.
     *
     * @param mac absent where there is none
     * @throws BellhopException as {@link #open}
     */
    public void checkMac(byte @Nullable [] mac, String text) {
        if (mac == null || mac.length != OVERHEAD) {
            throw unreadable(UnreadableContentException.changed(text));
        }
        Keyset now = keys;
        try {
            now.aead().decrypt(mac, bytes(text));
        } catch (GeneralSecurityException e) {
            throw unreadable(
                    now.ids().contains(keyId(mac))
                            ? UnreadableContentException.changed(text)
                            : new UnreadableContentException(text, false));
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
     * @throws BellhopException {@code INTERNAL_ERROR} where it was not sealed in this context, with one of the keys there are; its
     *     cause is an {@link UnreadableContentException} that says what it is, for the log
     */
    public byte[] open(byte[] sealed, String context) {
        Keyset now = keys;
        try {
            return now.aead().decrypt(sealed, bytes(context));
        } catch (GeneralSecurityException e) {
            boolean known = sealed.length >= OVERHEAD && now.ids().contains(keyId(sealed));
            throw unreadable(new UnreadableContentException(context, known));
        }
    }

    public String openText(byte[] sealed, String context) {
        return new String(open(sealed, context), StandardCharsets.UTF_8);
    }

    private static BellhopException unreadable(UnreadableContentException cause) {
        return new BellhopException(
                ErrorCode.INTERNAL_ERROR,
                "Cannot answer because something that is stored cannot be decrypted; the server's log says what",
                cause);
    }

    /** The same where it was sealed with the primary key; else sealed anew with that. */
    public byte[] renewed(byte[] sealed, String context) {
        return isRenewed(sealed) ? sealed : seal(open(sealed, context), context);
    }

    /** Whether it says that it was sealed with the primary key. */
    public boolean isRenewed(byte[] sealed) {
        return sealed.length >= OVERHEAD && keyId(sealed) == keys.primary();
    }

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
