// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.store.ExecutionIntake;
import dev.bellhop.server.execution.store.ExecutionIntake.Deleted;
import dev.bellhop.server.execution.store.StorageQuota;
import dev.bellhop.server.execution.store.StorageQuota.Holder;
import dev.bellhop.server.failure.Writes;
import dev.bellhop.server.tenant.Tenant;
import java.time.Instant;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** Deletes executions that have finished, with their output, for whoever decides how long they are kept. Thread safe. */
public final class ExecutionRetention {
    private static final Instant EVER = Instant.ofEpochMilli(Long.MAX_VALUE);

    private final ExecutionIntake intake;
    private final Consumer<Set<ExecutionId>> forget;
    private final BooleanSupplier isStopping;

    /**
     * Deletes in a store.
     *
     * @param forget is told what was deleted
     * @param isStopping whether to leave the rest for later
     */
    public ExecutionRetention(ExecutionIntake intake, Consumer<Set<ExecutionId>> forget, BooleanSupplier isStopping) {
        this.intake = intake;
        this.forget = forget;
        this.isStopping = isStopping;
    }

    /** Deletes what finished before a time, in small steps that let other writers through; says how many. */
    public int deleteFinishedBefore(Instant time) {
        int total = 0;
        for (Holder holder : quota().holders()) {
            int step;
            do {
                step = delete(holder.tenant(), time);
                total += step;
            } while (step > 0 && !isStopping.getAsBoolean());
        }
        return total;
    }

    /**
     * Deletes what has finished until all executions together take up no more than they may: again and again the oldest of the
     * account that takes up the most, in small steps as the other. Says how many.
     */
    public int deleteBeyondLimit() {
        int total = 0;
        Set<Tenant> empty = new HashSet<>();
        while (quota().excess() > 0 && !isStopping.getAsBoolean()) {
            Optional<Holder> largest = quota().holders().stream()
                    .filter(holder -> !empty.contains(holder.tenant()))
                    .findFirst();
            if (largest.isEmpty()) {
                break;
            }
            Tenant tenant = largest.get().tenant();
            int step = delete(tenant, EVER);
            total += step;
            if (step == 0) {
                empty.add(tenant);
            }
        }
        return total;
    }

    /** Who is to be told, at once and on the thread that stores something, when that is more than may be kept. */
    public void whenExceeded(Runnable listener) {
        quota().whenExceeded(listener);
    }

    private int delete(Tenant tenant, Instant time) {
        Deleted deleted = Writes.await(intake.deleteFinishedBefore(tenant, time));
        if (!deleted.executions().isEmpty()) {
            forget.accept(deleted.executions());
        }
        return deleted.executions().size();
    }

    private StorageQuota quota() {
        return intake.quota();
    }
}
