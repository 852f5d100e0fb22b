// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import static dev.bellhop.server.tenant.Tenant.account;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.access.Key;
import dev.bellhop.server.access.Scope;
import dev.bellhop.server.tenant.Tenant;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Whose matching waits for whose. */
class PatternThrottleTest {
    private final PatternThrottle turns = new PatternThrottle();

    private static Key key(String id, Tenant tenant) {
        return new Key(
                id, "n", tenant, Set.of(Scope.WRITE_VM), null, null, Instant.EPOCH, null, null, 1, null, Map.of());
    }

    @Test
    void theKeysOfAnAccountTakeTurns() {
        Key one = key("aaaaaaaaaaaa", account("0c5d2e9f7a41"));
        Key other = key("bbbbbbbbbbbb", account("0c5d2e9f7a41"));

        boolean taken = turns.take(one, () -> turns.of(other).isLocked());
        assertThat(taken).isTrue();
        assertThat(turns.of(other).isLocked()).isFalse();
    }

    @Test
    void othersDoNotWaitForThem() {
        Key one = key("aaaaaaaaaaaa", account("0c5d2e9f7a41"));

        assertThat(turns.take(
                        one,
                        () -> turns.of(key("aaaaaaaaaaaa", Tenant.operator())).isLocked()))
                .isFalse();
        assertThat(turns.take(
                        one,
                        () -> turns.of(key("cccccccccccc", account("7e1b40c8d2f6")))
                                .isLocked()))
                .isFalse();
        // These have the same hash.
        assertThat(turns.take(
                        key("aaaaaaaaaaaa", account("Aa")),
                        () -> turns.of(key("cccccccccccc", account("BB"))).isLocked()))
                .isFalse();
    }
}
