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
 * Lets callers in by their keys, as often as they may, and turns away those who have none before they cost anything.
 *
 * <p>An address that sends too many wrong keys is refused without a look at the next one. Others may share it, behind a
 * proxy or a router, and must not be shut out with it. So a key that was accepted before is known by the first digits of its
 * secret, which cost nothing to compare and which nobody else can guess, and passes whatever its address has done. One that
 * was not accepted yet has tries of its own, which only those can use up who know its id. Thread safe.
 */
public final class Gatekeeper {
    private static final Duration A_MINUTE = Duration.ofMinutes(1);

    /** A response counts once more for each of these. Decrypting and masking them takes the server about as long as a request. */
    private static final long BYTES_PER_REQUEST = 64 * 1024;

    /** How long a pause saves up requests for. */
    private static final int BURST_SECONDS = 5;

    /** What a key that was not accepted yet may try, from addresses that may nothing any more. */
    private static final int FIRST_TRIES = 10;

    private final Keys keys;
    private final CallerLimits limits;
    private final TokenBuckets<String> requests;
    private final FailureLimit failures;
    private final TokenBuckets<AddressBlock> open;
    private final TokenBuckets<String> firstTries;

    /** The first digits of a secret that was accepted. A key that is being rotated has two. */
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

    /** @param nanos as {@link System#nanoTime} */
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
     * The valid key of this secret; empty where there is none, or it may not be used from there. Throws {@code
     * TOO_MANY_FAILURES}, perhaps without having looked, and {@code STORE_UNAVAILABLE} where nobody can tell now.
     *
     * @param address absent where it is not known
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

    /** Whether a text has the form of a key; that tells nothing of whether there is one. */
    public static boolean isKey(String secretText) {
        return KeySecret.parse(secretText).isPresent();
    }

    /** Whether a key that was admitted would be admitted now, too. */
    public boolean isStillValid(Key key) {
        keys.requireCurrent();
        return keys.isStillValid(key);
    }

    private Optional<Key> again(KeySecret secret, AddressBlock from) {
        Optional<Key> key = authenticate(secret);
        if (key.isEmpty()) {
            // One that was rotated away is hashed as seldom as any other wrong one from now on.
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

    /** Counts a request without a valid key where one is needed; throws {@code TOO_MANY_FAILURES}. */
    public void failed(AddressBlock from) {
        failures.failed(from);
    }

    /**
     * Has another secret than a key tried, unless the address has sent too many wrong ones already, which throws {@code
     * TOO_MANY_FAILURES}.
     *
     * @param attempt fails with {@code UNAUTHORIZED} where it is wrong
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

    /** The same for whoever cannot be told to try again: where there are too many, waits up to so long for its turn. */
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
