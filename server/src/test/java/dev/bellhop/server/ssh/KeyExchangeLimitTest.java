// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.access.AddressBlock;
import java.net.InetAddress;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class KeyExchangeLimitTest {
    private static final AddressBlock HERE = block(1);
    private static final AddressBlock ELSEWHERE = block(2);

    private final AtomicLong nanos = new AtomicLong();
    private final KeyExchangeLimit limit = new KeyExchangeLimit(nanos::get);

    private static AddressBlock block(int last) {
        return AddressBlock.of(InetAddress.ofLiteral("192.0.2." + last));
    }

    private int taken(AddressBlock from, boolean isKnown) {
        int taken = 0;
        while (limit.take(from, isKnown)) {
            taken++;
        }
        return taken;
    }

    @Test
    void strangersOfAnAddressGetTenASecond() {
        assertThat(taken(HERE, false)).isEqualTo(60);
        assertThat(limit.take(ELSEWHERE, false)).isTrue();
        nanos.addAndGet(Duration.ofSeconds(1).toNanos());
        assertThat(taken(HERE, false)).isEqualTo(10);
    }

    @Test
    void anAddressWithALoginGetsMore() {
        assertThat(taken(HERE, true)).isEqualTo(360);
        nanos.addAndGet(Duration.ofSeconds(1).toNanos());
        assertThat(taken(HERE, true)).isEqualTo(60);
    }

    @Test
    void aLoginCostsNothing() {
        for (int i = 0; i < 1000; i++) {
            assertThat(limit.take(HERE, false)).isTrue();
            limit.loggedIn(HERE);
        }
    }
}
