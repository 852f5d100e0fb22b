// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.qemu;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Ages of processes. The JVM derives a start time from the boot time that it saw at its own start. So this compares
 * ages with this process's own age, not with a clock that may have been set since.
 */
final class ProcessAge {
    private ProcessAge() {}

    /** Returns the age; empty if unknown, for example because the process has ended. */
    static Optional<Duration> of(ProcessHandle process) {
        Optional<Instant> own = ProcessHandle.current().info().startInstant();
        Duration ownAge = Duration.ofMillis(ManagementFactory.getRuntimeMXBean().getUptime());
        return own.flatMap(
                ownStart -> process.info().startInstant().map(start -> ownAge.plus(Duration.between(start, ownStart))));
    }
}
