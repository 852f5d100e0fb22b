// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.qemu;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * How long processes have run. The JVM derives a start time from the boot time it saw as it started. So ages are compared
 * with this process's own, not with a clock that may have been set since.
 */
final class ProcessAge {
    private ProcessAge() {}

    /** Empty where it cannot be told, as of a process that has ended. */
    static Optional<Duration> of(ProcessHandle process) {
        Optional<Instant> own = ProcessHandle.current().info().startInstant();
        Duration ownAge = Duration.ofMillis(ManagementFactory.getRuntimeMXBean().getUptime());
        return own.flatMap(
                ownStart -> process.info().startInstant().map(start -> ownAge.plus(Duration.between(start, ownStart))));
    }
}
