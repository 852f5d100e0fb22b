// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A process's age needs no clock that somebody may set. */
class ProcessAgeTest {
    @Test
    void aChildIsYoungerThanItsParent() throws Exception {
        long before = System.nanoTime();
        Process child = new ProcessBuilder("sleep", "60").start();
        try {
            Duration parents = ProcessAge.of(ProcessHandle.current()).orElseThrow();
            Duration childs = ProcessAge.of(child.toHandle()).orElseThrow();
            // The system counts in hundredths of a second.
            assertThat(childs)
                    .isBetween(
                            Duration.ofMillis(-100),
                            Duration.ofNanos(System.nanoTime() - before).plusMillis(1000))
                    .isLessThan(parents);
        } finally {
            child.destroyForcibly();
        }
        child.waitFor();
        assertThat(ProcessAge.of(child.toHandle())).isEmpty();
    }
}
