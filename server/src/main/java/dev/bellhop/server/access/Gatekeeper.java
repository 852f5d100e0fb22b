// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Admits callers by their keys, enforces their rate limits, and cheaply rejects callers without a valid key.
 *
 * <p>If an address sends too many wrong keys, its next key is rejected unchecked. Other clients can share the address
 * behind a proxy or a router and must not be locked out. Therefore, a key that was accepted before passes regardless of
 * its address. It is recognised by the first digits of its secret: they are cheap to compare, and no one else can guess
 * them. A key that was not accepted yet has separate tries, which only clients that know its id can use up. Thread
 * safe.
 */
public final class Gatekeeper {
    private static final Duration A_MINUTE = Duration.ofMinutes(1);

    /**
     * Each of these in a response counts as one more request: decrypting and masking them costs about as much as a
     * request.
     */
    private static final long BYTES_PER_REQUEST = 64 * 1024;

    /** The time within which a pause accumulates unused requests. */
    private static final int BURST_SECONDS = 5;

    /** The tries of a key that was not accepted yet, from addresses that have used up theirs. */
    private static final int FIRST_TRIES = 10;

    private final Keys keys;
    private final CallerLimits limits;
    private final TokenBuckets<String> requests;
    private final FailureLimit failures;
    private final TokenBuckets<AddressBlock> open;
    private final TokenBuckets<String> firstTries;

    /** The first digits of an accepted secret. A key has two entries during rotation. */
    private record Accepted(String keyId, long firstDigits) {
        static Accepted of(KeySecret secret) {
            return new Accepted(secret.keyId(), secret.firstDigits());
        }

        @Override
        public String toString() {
            return "Accepted[of key " + keyId + "]";
        }
    }

    private final Cache<Accepted, Boolean> accepted = Caffeine.newBuilder()
            .maximumSize(TokenBuckets.MAX_BUCKETS)
            .executor(Runnable::run)
            .build();

    private final Counter hashed;

    /**
     * Creates a gatekeeper with no requests counted.
     *
     * @param nanos a clock such as {@link System#nanoTime}
     */
    public Gatekeeper(Keys keys, CallerLimits limits, MeterRegistry metrics, LongSupplier nanos) {
        this.keys = keys;
        this.limits = limits;
        this.requests = new TokenBuckets<>(
                (long) BURST_SECONDS * limits.requestsPerKey(), Duration.ofSeconds(BURST_SECONDS), nanos);
        this.failures = new FailureLimit(limits.failuresPerAddress(), "API key", nanos);
        this.open = new TokenBuckets<>(limits.openPerAddress(), A_MINUTE, nanos);
        this.firstTries = new TokenBuckets<>(FIRST_TRIES, Duration.ofSeconds(FIRST_TRIES), nanos);
        this.hashed = Counter.builder("bellhop.keys.hashed")
                .description("Secrets of callers that were hashed, to be compared with that of a key")
                .register(metrics);
    }

    /**
     * Returns the valid key of this secret; empty if there is none or it is not allowed from this address. Throws
     * {@code TOO_MANY_FAILURES}, possibly without checking the key, and {@code STORE_UNAVAILABLE} if the server cannot
     * know now whether it is valid.
     *
     * @param address absent if it is unknown
     */
    public Optional<Key> admit(String secretText, @Nullable InetAddress address) {
        AddressBlock from = AddressBlock.of(address);
        Optional<KeySecret> parsed = KeySecret.parse(secretText);
        if (parsed.isEmpty() || !keys.isValid(parsed.get().keyId(), address)) {
            failed(from);
            return Optional.empty();
        }
        KeySecret secret = parsed.get();
        return accepted.getIfPresent(Accepted.of(secret)) == null ? first(secret, from) : again(secret, from);
    }

    /** Returns whether a text has the form of a key. It does not check whether the key exists. */
    public static boolean isKey(String secretText) {
        return KeySecret.parse(secretText).isPresent();
    }

    /** Returns whether a key that was admitted would still be admitted now. */
    public boolean isStillValid(Key key) {
        keys.requireCurrent();
        return keys.isStillValid(key);
    }

    private Optional<Key> again(KeySecret secret, AddressBlock from) {
        Optional<Key> key = authenticate(secret);
        if (key.isEmpty()) {
            // From now on a secret that was rotated away is hashed as rarely as any other wrong one.
            accepted.invalidate(Accepted.of(secret));
            failed(from);
        }
        return key;
    }

    private Optional<Key> first(KeySecret secret, AddressBlock from) {
        boolean taken = failures.take(from);
        if (!taken && !firstTries.take(secret.keyId())) {
            throw failures.tooMany(from);
        }
        Optional<Key> key = authenticate(secret);
        if (key.isPresent()) {
            accepted.put(Accepted.of(secret), true);
            if (taken) {
                failures.giveBack(from);
            }
        }
        return key;
    }

    private Optional<Key> authenticate(KeySecret secret) {
        hashed.increment();
        return keys.authenticate(secret);
    }

    /** Counts a request that needs a key and has no valid one; throws {@code TOO_MANY_FAILURES}. */
    public void failed(AddressBlock from) {
        failures.failed(from);
    }

    /**
     * Checks a secret that is not a key, unless the address has already sent too many wrong ones; then it throws
     * {@code TOO_MANY_FAILURES}.
     *
     * @param attempt fails with {@code UNAUTHORIZED} if the secret is wrong
     */
    public <T> T tried(AddressBlock from, Supplier<T> attempt) {
        return failures.tried(from, attempt);
    }

    /** Counts a request that is answered without a key; throws {@code TOO_MANY_REQUESTS}. */
    public void answeredWithoutKey(AddressBlock from) {
        if (!open.take(from)) {
            throw new BellhopException(
                    ErrorCode.TOO_MANY_REQUESTS,
                    "Cannot answer one more request that needs no API key to this address now because "
                            + limits.openPerAddress() + " a minute are as many as it may send",
                    limits.openPerAddress(),
                    open.secondsToWait(from));
        }
    }

    /** Returns how many requests a key can still send. */
    public RateLimit limitOf(Key key) {
        return requests.state(key.id(), limits.requestsPerKey());
    }

    /** Returns how many requests without a valid key an address can still send. */
    public RateLimit limitOfFailures(AddressBlock from) {
        return failures.state(from);
    }

    /** Returns how many requests that need no key an address can still send. */
    public RateLimit limitWithoutKey(AddressBlock from) {
        return open.state(from, limits.openPerAddress());
    }

    /** Counts a request with a key; throws {@code TOO_MANY_REQUESTS}. */
    public void requested(Key key) {
        requested(key, Duration.ZERO);
    }

    /** Counts a large response against the requests that follow it. */
    public void answered(Key key, long bytes) {
        long more = bytes / BYTES_PER_REQUEST;
        if (more > 0) {
            requests.charge(key.id(), more);
        }
    }

    /**
     * Counts a request of a client that the server cannot ask to retry. If there are too many requests, waits for its
     * turn, up to this time.
     */
    public void requested(Key key, Duration longest) {
        if (!requests.take(key.id(), longest)) {
            throw new BellhopException(
                    ErrorCode.TOO_MANY_REQUESTS,
                    "Cannot take one more request with this key now because " + limits.requestsPerKey()
                            + " a second are as many as it may send; try again in a moment",
                    limits.requestsPerKey(),
                    requests.secondsToWait(key.id()));
        }
    }
}
