// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.Precondition;
import dev.bellhop.server.tenant.Tenant;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.InetAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Who is let in, who is turned away, and at what cost. Time stands still unless a test lets it pass. */
class GatekeeperTest {
    private static final InetAddress HERE = InetAddress.ofLiteral("192.0.2.1");
    private static final InetAddress THERE = InetAddress.ofLiteral("192.0.2.2");
    private static final String UNKNOWN = "bellhop_0123456789ab_" + "0".repeat(64);

    private final AtomicLong nanos = new AtomicLong();
    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final Keys keys = new Keys(new MemoryKeyStore(), Clock.systemUTC());
    private final Gatekeeper gatekeeper = new Gatekeeper(keys, new CallerLimits(4, 30, 20, 1, 1), metrics, nanos::get);

    private Keys.Created key() {
        return keys.create(NewKey.of("n", Scope.READ_VM));
    }

    /** The id of a good key with the secret of none. */
    private static String wrong(Keys.Created good) {
        String secret = good.secret();
        char last = secret.charAt(secret.length() - 1);
        // The first digits are wrong too, as they are for whoever does not know the secret.
        return secret.substring(0, 21) + "0".repeat(63) + (last == '0' ? '1' : '0');
    }

    private int hashed() {
        return (int) metrics.get("bellhop.keys.hashed").counter().count();
    }

    private void useUp(InetAddress from) {
        for (int i = 0; i < 30; i++) {
            assertThat(gatekeeper.admit(UNKNOWN, from)).isEmpty();
        }
        assertRefused(UNKNOWN, from);
    }

    private BellhopException assertRefused(String secret, InetAddress from) {
        BellhopException refused = catchThrowableOfType(BellhopException.class, () -> gatekeeper.admit(secret, from));
        assertThat(refused.code()).isEqualTo(ErrorCode.TOO_MANY_FAILURES);
        return refused;
    }

    @Test
    void whatIsOfNoKeyIsNeverHashed() {
        key();
        useUp(HERE);
        for (int i = 0; i < 1000; i++) {
            assertRefused(UNKNOWN, HERE);
            assertRefused("no key at all", HERE);
        }
        assertThat(hashed()).isZero();
    }

    @Test
    void whoKnowsTheIdOfAKeyHasFewOfHisSecretsHashed() {
        Keys.Created good = key();
        for (int i = 0; i < 30 + 10; i++) {
            assertThat(gatekeeper.admit(wrong(good), HERE)).isEmpty();
        }
        for (int i = 0; i < 1000; i++) {
            assertRefused(wrong(good), HERE);
        }
        assertThat(hashed()).isEqualTo(30 + 10);
    }

    @Test
    void anAcceptedKeyPassesWhateverItsAddressHasSent() {
        Keys.Created good = key();
        assertThat(gatekeeper.admit(good.secret(), HERE)).contains(good.key());
        useUp(HERE);
        for (int i = 0; i < 10; i++) {
            assertThat(gatekeeper.admit(wrong(good), HERE)).isEmpty();
        }
        for (int i = 0; i < 100; i++) {
            assertRefused(wrong(good), HERE);
            assertThat(gatekeeper.admit(good.secret(), HERE)).contains(good.key());
        }
    }

    @Test
    void aKeyThatWasNotAcceptedYetPassesToo() {
        useUp(HERE);
        Keys.Created good = key();

        assertThat(gatekeeper.admit(good.secret(), HERE)).contains(good.key());
    }

    /** Somebody has read the digits that are kept, and no more. */
    @Test
    void theFirstDigitsAloneAreNoKey() {
        Keys.Created good = key();
        gatekeeper.admit(good.secret(), HERE);
        useUp(HERE);
        String secret = good.secret();
        String guessed = secret.substring(0, 21 + 16) + "0".repeat(48);

        assertRefused(guessed, HERE);
        assertThat(gatekeeper.admit(guessed, THERE)).isEmpty();
        assertThat(gatekeeper.admit(secret, HERE)).contains(good.key());
    }

    @Test
    void aRevokedKeyIsAsGoodAsNone() {
        Keys.Created good = key();
        gatekeeper.admit(good.secret(), HERE);
        keys.revoke(good.key(), Precondition.none());
        int before = hashed();

        for (int i = 0; i < 30; i++) {
            assertThat(gatekeeper.admit(good.secret(), HERE)).isEmpty();
        }
        assertRefused(good.secret(), HERE);
        assertThat(hashed()).isEqualTo(before);
    }

    /** It may have been revoked, and the other one made, by another server. */
    @Test
    void noKeyIsAcceptedOrCountedWhereTheServerCannotTellWhichAreValid() {
        AtomicBoolean isCurrent = new AtomicBoolean(true);
        Keys cut = new Keys(
                new MemoryKeyStore() {
                    @Override
                    public void requireCurrent() {
                        if (!isCurrent.get()) {
                            throw new BellhopException(ErrorCode.STORE_UNAVAILABLE, "Cannot tell");
                        }
                    }
                },
                Clock.systemUTC());
        Gatekeeper gate = new Gatekeeper(cut, new CallerLimits(4, 30, 20, 1, 1), new SimpleMeterRegistry(), nanos::get);
        Keys.Created good = cut.create(NewKey.of("n", Scope.READ_VM));
        isCurrent.set(false);
        for (int i = 0; i < 40; i++) {
            for (String secret : List.of(good.secret(), UNKNOWN)) {
                assertThat(catchThrowableOfType(BellhopException.class, () -> gate.admit(secret, HERE))
                                .code())
                        .isEqualTo(ErrorCode.STORE_UNAVAILABLE);
            }
        }
        assertThat(catchThrowableOfType(BellhopException.class, () -> gate.isStillValid(good.key()))
                        .code())
                .isEqualTo(ErrorCode.STORE_UNAVAILABLE);
        isCurrent.set(true);
        assertThat(gate.admit(good.secret(), HERE)).hasValue(good.key());
    }

    /** From elsewhere it is as unknown as a key that there is none of, and costs as little. */
    @Test
    void aKeyIsNoneFromOutsideItsNetworks() {
        List<AddressRange> networks = Stream.of("192.0.2.1", "2001:db8:1::/48")
                .map(text -> AddressRange.parse(text).orElseThrow())
                .toList();
        Keys.Created good = keys.create(
                new NewKey("n", Tenant.operator(), Set.of(Scope.READ_VM), null, networks, null, null, Map.of()));

        assertThat(gatekeeper.admit(good.secret(), HERE)).contains(good.key());
        assertThat(gatekeeper.admit(good.secret(), InetAddress.ofLiteral("2001:db8:1:ffff::1")))
                .contains(good.key());
        int before = hashed();
        assertThat(gatekeeper.admit(good.secret(), InetAddress.ofLiteral("2001:db8:2::1")))
                .isEmpty();
        assertThat(gatekeeper.admit(good.secret(), null)).isEmpty();
        for (int i = 0; i < 30; i++) {
            assertThat(gatekeeper.admit(good.secret(), THERE)).isEmpty();
        }
        assertRefused(good.secret(), THERE);
        assertThat(hashed()).isEqualTo(before);
    }

    @Test
    void bothSecretsOfARotatedKeyPassFromAFloodedAddress() {
        Keys.Created first = key();
        assertThat(gatekeeper.admit(first.secret(), HERE)).isPresent();
        Keys.Created second = keys.rotate(first.key(), Duration.ofHours(1), Precondition.none());
        assertThat(gatekeeper.admit(second.secret(), HERE)).contains(second.key());
        useUp(HERE);
        for (int i = 0; i < 100; i++) {
            assertThat(gatekeeper.admit(first.secret(), HERE)).isPresent();
            assertThat(gatekeeper.admit(second.secret(), HERE)).contains(second.key());
        }
    }

    /** It was accepted once, and is not worth more than any other wrong one for that. */
    @Test
    void aSecretThatWasRotatedAwayIsSeldomHashed() {
        Keys.Created first = key();
        gatekeeper.admit(first.secret(), HERE);
        keys.rotate(first.key(), Duration.ZERO, Precondition.none());
        int before = hashed();
        for (int i = 0; i < 30; i++) {
            assertThat(gatekeeper.admit(first.secret(), HERE)).isEmpty();
        }
        for (int i = 0; i < 10; i++) {
            assertThat(gatekeeper.admit(first.secret(), HERE)).isEmpty();
        }
        for (int i = 0; i < 1000; i++) {
            assertRefused(first.secret(), HERE);
        }
        assertThat(hashed()).isEqualTo(before + 40);
    }

    @Test
    void goodKeysUseNothingUp() {
        for (int i = 0; i < 100; i++) {
            assertThat(gatekeeper.admit(key().secret(), HERE)).isPresent();
        }
        useUp(HERE);
    }

    @Test
    void addressesAreApartAndThoseOfOneLineAreNot() {
        useUp(HERE);
        useUp(THERE);
        useUp(InetAddress.ofLiteral("2001:db8:0:1::1"));
        assertRefused(UNKNOWN, InetAddress.ofLiteral("2001:db8:0:1:ffff::9"));
        useUp(InetAddress.ofLiteral("2001:db8:0:2::1"));
        assertRefused(UNKNOWN, InetAddress.ofLiteral("::ffff:192.0.2.1"));
    }

    @Test
    void aPauseHelps() {
        useUp(HERE);
        BellhopException refused = assertRefused(UNKNOWN, HERE);
        assertThat(refused.retryAfter()).isEqualTo(2);
        assertThat(refused.limit()).hasValue(30);

        nanos.addAndGet(Duration.ofSeconds(2).toNanos());
        assertThat(gatekeeper.admit(UNKNOWN, HERE)).isEmpty();
        assertRefused(UNKNOWN, HERE);
        nanos.addAndGet(Duration.ofMinutes(1).toNanos());
        useUp(HERE);
    }

    @Test
    void aLargeResponseCountsAsSeveralRequests() {
        Key key = key().key();
        gatekeeper.answered(key, 65_535);
        gatekeeper.requested(key);
        // Of 20 at once, 19 are left.
        gatekeeper.answered(key, 1 << 20);
        for (int i = 0; i < 3; i++) {
            gatekeeper.requested(key);
        }
        assertThat(catchThrowableOfType(BellhopException.class, () -> gatekeeper.requested(key))
                        .code())
                .isEqualTo(ErrorCode.TOO_MANY_REQUESTS);
        nanos.addAndGet(Duration.ofMillis(250).toNanos());
        gatekeeper.requested(key);
    }

    @Test
    void aKeyHasItsOwnRequests() {
        Key one = key().key();
        Key other = key().key();
        for (int i = 0; i < 5 * 4; i++) {
            gatekeeper.requested(one);
        }
        BellhopException refused = catchThrowableOfType(BellhopException.class, () -> gatekeeper.requested(one));
        assertThat(refused.code()).isEqualTo(ErrorCode.TOO_MANY_REQUESTS);
        assertThat(refused.limit()).hasValue(4);
        assertThat(refused.retryAfter()).isEqualTo(1);
        gatekeeper.requested(other);

        nanos.addAndGet(Duration.ofSeconds(1).toNanos());
        for (int i = 0; i < 4; i++) {
            gatekeeper.requested(one);
        }
        assertThat(catchThrowableOfType(BellhopException.class, () -> gatekeeper.requested(one)))
                .isNotNull();
    }

    @Test
    void whoCannotBeToldToTryAgainWaitsForHisTurn() {
        Key one = key().key();
        for (int i = 0; i < 5 * 4; i++) {
            gatekeeper.requested(one);
        }
        assertThat(catchThrowableOfType(BellhopException.class, () -> gatekeeper.requested(one, Duration.ofMillis(20)))
                        .code())
                .isEqualTo(ErrorCode.TOO_MANY_REQUESTS);

        CompletableFuture<Void> waits =
                CompletableFuture.runAsync(() -> gatekeeper.requested(one, Duration.ofMinutes(1)));
        nanos.addAndGet(Duration.ofMillis(250).toNanos());
        waits.join();
        assertThat(catchThrowableOfType(BellhopException.class, () -> gatekeeper.requested(one)))
                .as("the one who has waited took it")
                .isNotNull();
    }

    @Test
    void whatNeedsNoKeyIsCountedByItself() {
        for (int i = 0; i < 20; i++) {
            gatekeeper.answeredWithoutKey(AddressBlock.of(HERE));
        }
        BellhopException refused = catchThrowableOfType(
                BellhopException.class, () -> gatekeeper.answeredWithoutKey(AddressBlock.of(HERE)));
        assertThat(refused.code()).isEqualTo(ErrorCode.TOO_MANY_REQUESTS);
        assertThat(refused.limit()).hasValue(20);
        gatekeeper.answeredWithoutKey(AddressBlock.of(THERE));
        useUp(HERE);
    }

    @Test
    void theTableStaysSmall() {
        TokenBuckets<AddressBlock> buckets = new TokenBuckets<>(1, Duration.ofMinutes(1), nanos::get);
        for (long i = 0; i < 5 * TokenBuckets.MAX_BUCKETS; i++) {
            assertThat(buckets.take(new AddressBlock(i << 32))).isTrue();
        }
        assertThat(buckets.size()).isEqualTo(TokenBuckets.MAX_BUCKETS);
    }
}
