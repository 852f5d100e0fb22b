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
 * Replaces the key that encrypts, while the server runs.
 *
 * <p>The new key is durable before it is used. From then on there are two keys: new content is encrypted with the new
 * key, and older content is re-encrypted in the background. When the old key is no longer needed, it is removed from
 * the file. This process keeps it for threads that have just read something. If the server ends during a rotation, both
 * keys stay and the next server continues. A server whose keys were changed by another program also continues.
 *
 * <p>A cluster cannot begin a rotation, because its other servers could not read content that is encrypted with the new
 * key. Begin it on a single server, then distribute its keys to all. From there on the cluster continues: one server at
 * a time re-encrypts, and the others remove the older keys from their files when that is done. Thread safe.
 */
public final class KeyRotation implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(KeyRotation.class);
    private static final Duration RETRY = Duration.ofMinutes(1);

    private static final Duration WHILE_OTHERS_WORK = Duration.ofSeconds(5);

    /** Content that cannot be decrypted now may have been deleted by then because of its age. */
    private static final Duration LATER = Duration.ofDays(1);

    private final ContentCipher cipher;
    private final KeySource source;
    private final RenewableContent content;
    private final Optional<BooleanSupplier> duty;
    private final CountDownLatch stop = new CountDownLatch(1);
    /** Guarded by this; absent if there is nothing to renew. */
    private @Nullable Thread renewing;

    /** Creates the rotation of a single server. */
    public KeyRotation(ContentCipher cipher, KeySource source, RenewableContent content) {
        this(cipher, source, content, Optional.empty());
    }

    /**
     * Creates the rotation of a server that may be in a cluster.
     *
     * @param duty in a cluster, whether this server re-encrypts at present
     */
    public KeyRotation(
            ContentCipher cipher, KeySource source, RenewableContent content, Optional<BooleanSupplier> duty) {
        this.cipher = cipher;
        this.source = source;
        this.content = content;
        this.duty = duty;
    }

    /**
     * The progress of a rotation.
     *
     * @param primary the id of the key that encrypts
     * @param older the ids of the keys that some content may still be encrypted with
     */
    public record Status(int primary, List<Integer> older) {}

    /**
     * Continues a rotation of an earlier server, or begins one for a key that was added while no server ran.
     *
     * @throws EncryptionKeysException if a needed key is missing
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
     * Creates a new key and uses it. Creates none if a rotation is already in progress.
     *
     * @throws EncryptionKeysException if this server cannot change the keys; nothing was changed
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
                // If the server stops, the next one continues.
                if (stop.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
                    return;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Returns the time until the next try; zero if it is done. */
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

    /** Removes the older keys, which no content is encrypted with any longer. */
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
