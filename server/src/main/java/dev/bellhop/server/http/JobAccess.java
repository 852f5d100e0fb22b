// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.server.access.Accounts;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.access.Keys;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.operation.Operation;
import dev.bellhop.server.operation.OperationId;
import dev.bellhop.server.operation.Operations;
import dev.bellhop.server.service.Caller;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/**
 * Finds jobs for callers, and waits for their end. One that a key does not see and one that does not exist cannot be told
 * apart by it.
 */
public final class JobAccess {
    /** How soon a wait takes notice that the server stops, or that its caller may not wait any more. */
    private static final Duration SLICE = Duration.ofMillis(500);

    private final Operations jobs;
    private final Keys keys;
    private final Accounts accounts;
    private final BooleanSupplier serving;

    /** @param serving whether the server does not stop */
    public JobAccess(Operations jobs, Keys keys, Accounts accounts, BooleanSupplier serving) {
        this.jobs = jobs;
        this.keys = keys;
        this.accounts = accounts;
        this.serving = serving;
    }

    /** The job that is named in the path. */
    public Operation job(Call call, String parameter) {
        OperationId id = OperationId.parse(call.pathParameter(parameter)).orElseThrow(JobAccess::notFound);
        return find(call.caller(), id, Duration.ZERO);
    }

    private Operation find(Key caller, OperationId id, Duration wait) {
        return jobs.find(id, wait)
                .filter(job -> accounts.sees(caller, job.vm(), job.request().tenant()))
                .orElseThrow(JobAccess::notFound);
    }

    /**
     * The job once it has ended, or as it is when the wait is over or the server stops.
     *
     * @throws BellhopException {@code UNAUTHORIZED} or {@code NOT_FOUND} as soon as a new request of the caller's would get that
     */
    public Operation awaitEnd(Key caller, Operation now, Duration wait) {
        long begun = System.nanoTime();
        Operation latest = now;
        Duration left = wait;
        while (!latest.state().isFinal()
                && left.isPositive()
                && serving.getAsBoolean()
                && !Thread.currentThread().isInterrupted()) {
            latest = find(caller, latest.id(), left.compareTo(SLICE) < 0 ? left : SLICE);
            if (!keys.isStillValid(caller)) {
                throw Caller.notAccepted();
            }
            left = wait.minusNanos(System.nanoTime() - begun);
        }
        return latest;
    }

    private static BellhopException notFound() {
        return new BellhopException(ErrorCode.NOT_FOUND, "Cannot find this operation");
    }
}
