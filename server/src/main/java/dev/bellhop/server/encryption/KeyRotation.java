// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.encryption;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts a new key in the place of the one that encrypts, while the server runs.
 *
 * <p>The new key is durable before anything is encrypted with it. From then on both are there: what is written is encrypted with
 * the new one, and what was written before is encrypted anew in the background. Once nothing needs the old key any more it is
 * taken out of the file; this process keeps it, for whoever has just read something. A server that ends meanwhile leaves both
 * keys, and the next one goes on; so does one whose keys were changed by others.
 *
 * <p>A cluster does not begin a rotation: what one server writes with a new key the others could not read. One server alone
 * begins it, and all get its keys. From there on the cluster goes on: one of its servers at a time, and the others take the older keys
 * out of their files when it is done. Thread safe.
 */
public final class KeyRotation implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(KeyRotation.class);
    private static final Duration RETRY = Duration.ofMinutes(1);

    private static final Duration WHILE_OTHERS_WORK = Duration.ofSeconds(5);

    /** What cannot be decrypted now may be gone by then, for its age. */
    private static final Duration LATER = Duration.ofDays(1);

    private final ContentCipher cipher;
    private final KeySource source;
    private final RenewableContent content;
    private final Optional<BooleanSupplier> duty;
    private final CountDownLatch stop = new CountDownLatch(1);
    /** Guarded by this; absent while nothing is to be renewed. */
    private @Nullable Thread renewing;

    /** Of a server that is alone. */
    public KeyRotation(ContentCipher cipher, KeySource source, RenewableContent content) {
        this(cipher, source, content, Optional.empty());
    }

    /** @param duty in a cluster, whether this server is the one that encrypts anew at present */
    public KeyRotation(
            ContentCipher cipher, KeySource source, RenewableContent content, Optional<BooleanSupplier> duty) {
        this.cipher = cipher;
        this.source = source;
        this.content = content;
        this.duty = duty;
    }

    /**
     * How far it is.
     *
     * @param primary the id of the key that encrypts
     * @param older the ids of those that something may still be encrypted with
     */
    public record Status(int primary, List<Integer> older) {}

    /**
     * Goes on with what an earlier server has left, or with a key that was added while there was none.
     *
     * @throws EncryptionKeysException where a key is missing that is still needed
     */
    public synchronized void start() throws EncryptionKeysException {
        int renewedBy = content.renewedBy();
        if (!cipher.keys().ids().contains(renewedBy)) {
            throw new EncryptionKeysException("Cannot use the encryption keys " + source + " because key "
                    + Integer.toUnsignedLong(renewedBy)
                    + " is not among them, and some of what is stored is still encrypted with it; add it again");
        }
        if (renewedBy != cipher.primary()) {
            begin();
        } else {
            dropOlder();
        }
    }

    /**
     * Makes a new key and uses it. Where that is under way already, another one would bring nothing, and none is made.
     *
     * @throws EncryptionKeysException where the keys are not this server's to change; nothing was changed
     */
    public synchronized Status rotate() throws EncryptionKeysException {
        if (duty.isPresent()) {
            throw new EncryptionKeysException(
                    "Cannot rotate the encryption keys while the servers of a cluster run, because each"
                            + " has them in a file of its own; stop them, rotate with one server alone, copy its keys to all, and start"
                            + " them again");
        }
        if (renewing == null) {
            Keyset there = source.load(false);
            if (there.primary() != cipher.primary()) {
                throw new EncryptionKeysException("Cannot rotate the encryption keys because " + source
                        + " was changed since the server started; restart the server");
            }
            Keyset keys = there.withNewPrimary();
            source.replace(keys);
            cipher.use(keys);
            log.info("Encrypting with key {} from now on", Integer.toUnsignedLong(keys.primary()));
            begin();
        }
        return status();
    }

    public synchronized Status status() {
        int primary = cipher.primary();
        List<Integer> older = renewing == null
                ? List.of()
                : cipher.keys().ids().stream().filter(id -> id != primary).toList();
        return new Status(primary, older);
    }

    private void begin() {
        renewing = Thread.ofPlatform().daemon().name("encryption").start(this::renew);
    }

    private void renew() {
        try {
            Duration pause = RETRY;
            while (pause.isPositive()) {
                pause = tryToRenew();
                // Where the server stops, the next one goes on.
                if (stop.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
                    return;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Says when to try again; zero where it is done. */
    private Duration tryToRenew() throws InterruptedException {
        try {
            if (content.renewedBy() != cipher.primary()) {
                if (!isMine()) {
                    return WHILE_OTHERS_WORK;
                }
                content.begin();
                if (!content.renew(() -> stop.getCount() > 0 && isMine())) {
                    return isMine() ? LATER : WHILE_OTHERS_WORK;
                }
                content.end();
            }
            synchronized (this) {
                renewing = null;
                dropOlder();
            }
            return Duration.ZERO;
        } catch (RuntimeException e) {
            log.error("Cannot encrypt what is stored with the new key now; trying again in a while", e);
            return RETRY;
        }
    }

    private boolean isMine() {
        return duty.map(BooleanSupplier::getAsBoolean).orElse(true);
    }

    /** Nothing is encrypted with them any more. */
    private void dropOlder() {
        try {
            Keyset there = source.load(false);
            if (there.primary() != cipher.primary() || there.ids().size() == 1) {
                return;
            }
            source.replace(there.primaryAlone());
            log.info(
                    "All is encrypted with key {}; took the older ones out of {}",
                    Integer.toUnsignedLong(there.primary()),
                    source);
        } catch (EncryptionKeysException e) {
            log.info(
                    "All is encrypted with key {}; the older ones can be taken out of {}",
                    Integer.toUnsignedLong(cipher.primary()),
                    source);
        }
    }

    @Override
    public void close() {
        stop.countDown();
        Thread thread;
        synchronized (this) {
            thread = renewing;
        }
        try {
            if (thread != null) {
                thread.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
