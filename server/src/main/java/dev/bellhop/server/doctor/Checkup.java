// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.doctor;

import dev.bellhop.server.doctor.Check.Status;
import java.time.Instant;
import java.util.List;

/**
 * All checks of one VM.
 *
 * @param checks in order of dependency
 * @param at when the first was begun
 */
public record Checkup(List<Check> checks, Instant at) {
    /** More can only come from a faulty node. */
    private static final int MAX_CHECKS = 200;

    public Checkup {
        checks = List.copyOf(checks.subList(0, Math.min(checks.size(), MAX_CHECKS)));
    }

    /** Returns the same checkup, with errors from hosts and hypervisors, which only the operator may see. */
    public Checkup forOperator() {
        return new Checkup(checks.stream().map(Check::forOperator).toList(), at);
    }

    /** Returns the worst status; skipped checks do not count. */
    public Status status() {
        if (checks.stream().anyMatch(check -> check.status() == Status.FAILED)) {
            return Status.FAILED;
        }
        return checks.stream().anyMatch(check -> check.status() == Status.WARNING) ? Status.WARNING : Status.OK;
    }
}
