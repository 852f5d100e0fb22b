// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.doctor;

import dev.bellhop.server.doctor.Check.Status;
import java.time.Instant;
import java.util.List;

/**
 * All that was found of one VM.
 *
 * @param checks in the order in which one depends on the other
 * @param at when it was begun
 */
public record Checkup(List<Check> checks, Instant at) {
    /** More can only come from a faulty node. */
    private static final int MAX_CHECKS = 200;

    public Checkup {
        checks = List.copyOf(checks.subList(0, Math.min(checks.size(), MAX_CHECKS)));
    }

    /** The same, with what hosts and hypervisors have said, which their operator alone may know. */
    public Checkup forOperator() {
        return new Checkup(checks.stream().map(Check::forOperator).toList(), at);
    }

    /** The worst of them; a skipped one alone is no trouble. */
    public Status status() {
        if (checks.stream().anyMatch(check -> check.status() == Status.FAILED)) {
            return Status.FAILED;
        }
        return checks.stream().anyMatch(check -> check.status() == Status.WARNING) ? Status.WARNING : Status.OK;
    }
}
