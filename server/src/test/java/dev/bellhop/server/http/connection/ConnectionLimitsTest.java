// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.connection;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** How many connections fit. */
class ConnectionLimitsTest {
    private static final long DEFAULT_HEAP = 384L << 20;
    private static final long MANY = 1 << 20;

    @Test
    void theHeapBoundsThemAndTlsTakesMoreOfIt() {
        ConnectionLimits limits = ConnectionLimits.defaults();

        assertThat(limits.within(DEFAULT_HEAP, MANY, false).connections()).isEqualTo(8_192);
        assertThat(limits.within(DEFAULT_HEAP, MANY, true).connections()).isEqualTo(4_915);
        assertThat(limits.within(4 * DEFAULT_HEAP, MANY, true).connections()).isEqualTo(10_000);
    }

    @Test
    void aFewFilesBoundThem() {
        assertThat(ConnectionLimits.defaults().within(DEFAULT_HEAP, 1_024, false))
                .isEqualTo(new ConnectionLimits(512, ConnectionLimits.PER_ADDRESS));
    }

    @Test
    void whatIsAskedForIsNotExceeded() {
        assertThat(new ConnectionLimits(7, 3).within(DEFAULT_HEAP, MANY, false)).isEqualTo(new ConnectionLimits(7, 3));
    }
}
