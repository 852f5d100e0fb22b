// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Which commands of a connection ask for a stream. */
@Tag("ssh")
class ConnectionCommandsTest {
    private final ConnectionCommands commands = new ConnectionCommands();

    private boolean begin(long second) {
        return commands.begin(TimeUnit.SECONDS.toNanos(second));
    }

    @Test
    void oneCommandIsNotWorthAStream() {
        assertThat(begin(0)).isFalse();
    }

    @Test
    void theSecondOneAsksHoweverLateItComes() {
        begin(0);
        assertThat(begin(100)).isTrue();
    }

    @Test
    void laterOnesAskAgainNowAndThen() {
        begin(-5);
        begin(-5);
        assertThat(begin(4)).isFalse();
        assertThat(begin(5)).isTrue();
        assertThat(begin(6)).isFalse();
    }
}
