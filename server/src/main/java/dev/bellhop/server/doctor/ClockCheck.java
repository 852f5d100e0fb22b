// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.doctor;

import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.server.guest.ClockDifference;
import dev.bellhop.server.hypervisor.VirtualMachine;
import java.time.Clock;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/** Checks whether a guest's clock is right. */
record ClockCheck(VirtualMachine vm, Clock host) {
    /** Certificates, tokens and keys that expire tolerate this error. */
    private static final Duration CLOSE = Duration.ofSeconds(2);

    private static final double MILLIS = 1000;

    Optional<Check> check(Deadline deadline) {
        try {
            Duration difference = ClockDifference.measure(vm.agent(), host, deadline);
            String found = String.format(
                    Locale.ROOT,
                    "The guest's clock is %.3f s %s the host's",
                    difference.abs().toMillis() / MILLIS,
                    difference.isNegative() ? "behind" : "ahead of");
            return Optional.of(
                    difference.abs().compareTo(CLOSE) < 0
                            ? Check.ok("clock", found)
                            : Check.warning("clock", found, "Set it: bellhop sync-time " + vm.id()));
        } catch (AgentException e) {
            return Optional.of(Check.skipped("clock", "The guest's clock is not known"));
        }
    }
}
