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
 * Encrypts and decrypts stored content. Sealed content is bound to its context, a text that names its kind and its
 * owner. It cannot be opened in another context, so swapped rows are detected. The first line of a context is shown to
 * people in error messages. Thread safe.
 */
public final class ContentCipher {
    /** The bytes that sealing adds: one byte, the key's id, the nonce and the tag. */
    public static final int OVERHEAD = 1 + Integer.BYTES + 12 + 16;

    private static final String CHECK = "bellhop";
    private static final byte[] NOTHING = {};
    private static final String CHECK_CONTEXT = "check of the encryption keys";

    /**
     * Seals for virtual threads. Tink creates a random generator for each thread that seals, and for that it looks for
     * a class that does not exist. On a thread that lives for one request, this takes several times as long as handing
     * the work to a thread that has its generator.
     */
    private static final Executor SEALERS = Executors.newFixedThreadPool(
            Runtime.getRuntime().availableProcessors(),
            Thread.ofVirtual().name("sealer-", 1).factory());

    private volatile Keyset keys;

    private ContentCipher(Keyset keys) {
        this.keys = keys;
    }

    /** Seals several values on the thread that calls it. */
    public interface Sealer {
        byte[] seal(byte[] plain, String context);
    }

    /**
     * Creates a cipher with the keys of a source.
     *
     * @param check the result of {@link #check} for the stored content; absent if nothing is encrypted yet. Missing
     *     keys are created only in this case
     */
    public static ContentCipher with(KeySource source, byte @Nullable [] check) throws EncryptionKeysException {
        ContentCipher cipher = new ContentCipher(source.load(check == null));
        if (check != null) {
            cipher.requireMade(check, source);
        }
        return cipher;
    }

    /**
     * Checks that these are the keys of the stored content; changes nothing.
     *
     * @param check as in {@link #with}
     * @throws EncryptionKeysException if these are not the keys of the stored content
     */
    public static void requireKeys(KeySource source, byte[] check) throws EncryptionKeysException {
        new ContentCipher(source.read()).requireMade(check, source);
    }

    /**
     * Checks that a source has all needed keys; changes nothing.
     *
     * @throws EncryptionKeysException if one of the needed keys is missing
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

    /** Returns a value to store with the sealed content; it distinguishes these keys from others. */
    public byte[] check() {
        return seal(bytes(CHECK), CHECK_CONTEXT);
    }

    public byte[] seal(byte[] plain, String context) {
        return together(sealer -> sealer.seal(plain, context));
    }

    public byte[] sealText(String plain, String context) {
        return seal(bytes(plain), context);
    }

    /** Seals several values for little more than the cost of one. */
    public <T> T together(Function<Sealer, T> work) {
        return Thread.currentThread().isVirtual()
                ? CompletableFuture.supplyAsync(() -> work.apply(this::sealHere), SEALERS)
                        .join()
                : work.apply(this::sealHere);
    }

    /** Returns a message authentication code. Without the keys, no one can create it or change the text. */
    public byte[] mac(String text) {
        return seal(NOTHING, text);
    }

    /**
     * Checks that this is the MAC of this text, made with one of these keys.
     *
     * @param mac absent if there is none
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
     * Opens sealed content.
     *
     * @throws BellhopException {@code INTERNAL_ERROR} if it was not sealed in this context with one of these keys; its
     *     cause is an {@link UnreadableContentException} that describes it for the log
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

    /** Returns the content unchanged if the primary key sealed it; otherwise seals it again with that key. */
    public byte[] renewed(byte[] sealed, String context) {
        return isRenewed(sealed) ? sealed : seal(open(sealed, context), context);
    }

    /** Returns whether its key id is the primary key's. */
    public boolean isRenewed(byte[] sealed) {
        return sealed.length >= OVERHEAD && keyId(sealed) == keys.primary();
    }

    public int primary() {
        return keys.primary();
    }

    Keyset keys() {
        return keys;
    }

    /** Uses these keys, and seals with their primary key, from now on. */
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
