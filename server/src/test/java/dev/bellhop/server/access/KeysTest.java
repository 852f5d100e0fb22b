// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.access;

import static dev.bellhop.server.tenant.Tenant.account;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.Precondition;
import dev.bellhop.server.tenant.Tenant;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** How many keys an account may have, and which of them makes room for the next. */
class KeysTest {
    private static final Instant START = Instant.parse("2026-03-01T00:00:00Z");

    private final MemoryKeyStore store = new MemoryKeyStore();
    private Instant now = START;
    private final Clock clock = ((InstantSource) () -> now).withZone(ZoneOffset.UTC);
    private final Keys keys = new Keys(store, clock);

    private Keys.Created make(Tenant tenant, @Nullable Duration lifetime) {
        now = now.plusMillis(1);
        Instant expiresAt = lifetime == null ? null : now.plus(lifetime);
        return keys.create(new NewKey("n", tenant, Set.of(Scope.READ_VM), null, null, expiresAt, null, Map.of()));
    }

    private List<Keys.Created> fill(Tenant tenant) {
        List<Keys.Created> made = new ArrayList<>();
        while (made.size() < Keys.MAX_KEYS) {
            made.add(make(tenant, null));
        }
        return made;
    }

    private void assertFull(Tenant tenant) {
        BellhopException refused = catchThrowableOfType(BellhopException.class, () -> make(tenant, null));
        assertThat(refused.code()).isEqualTo(ErrorCode.TOO_MANY_KEYS);
    }

    @Test
    void anAccountHasNoMoreThanItMayAndOthersHaveTheirOwn() {
        fill(account("a"));

        assertFull(account("a"));
        assertThat(store.all()).hasSize(Keys.MAX_KEYS);
        make(account("b"), null);
        make(Tenant.operator(), null);
    }

    @Test
    void theOldestThatHasEndedMakesRoom() {
        Keys.Created expiring = make(account("a"), Duration.ofDays(1));
        List<Keys.Created> made = fill(account("b"));
        Keys.Created revoked = made.get(5);
        keys.authenticate(revoked.secret());
        keys.revoke(made.get(7).key(), Precondition.none());
        keys.revoke(revoked.key(), Precondition.none());
        Keys.Created next = make(account("b"), null);

        assertThat(keys.find(revoked.key().id())).isEmpty();
        assertThat(keys.authenticate(revoked.secret())).isEmpty();
        assertThat(keys.lastUsedAt(revoked.key())).isEmpty();
        assertThat(keys.authenticate(next.secret())).isPresent();
        assertThat(keys.find(made.get(7).key().id())).isPresent();
        make(account("b"), null);
        assertThat(keys.find(made.get(7).key().id())).isEmpty();
        assertFull(account("b"));
        assertThat(store.all()).hasSize(Keys.MAX_KEYS + 1);

        now = now.plus(Duration.ofDays(2));
        assertThat(keys.find(expiring.key().id())).as("there is room beside it").isPresent();
    }
}
