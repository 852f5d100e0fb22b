// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.operation;

import dev.bellhop.server.vm.VmId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Long work on a VM. An immutable value: each change makes a new one. Times are whole milliseconds, as stored.
 *
 * @param steps the steps begun so far, in order
 * @param finishedAt when it ended; present if it has
 * @param failure why it failed, a sentence for a person; present exactly if it has
 */
public record Operation(
        OperationId id,
        VmId vm,
        OperationRequest request,
        OperationState state,
        List<OperationStep> steps,
        Instant createdAt,
        @Nullable Instant finishedAt,
        @Nullable String failure) {
    public Operation {
        steps = List.copyOf(steps);
    }

    /** Makes a new operation. */
    public static Operation waiting(OperationId id, VmId vm, OperationRequest request, Instant now) {
        return new Operation(id, vm, request, OperationState.WAITING, List.of(), now, null, null);
    }

    Operation at(OperationStep.Kind kind, Instant now) {
        List<OperationStep> more = new ArrayList<>(steps);
        more.add(new OperationStep(kind, notBefore(now)));
        return new Operation(id, vm, request, OperationState.RUNNING, more, createdAt, null, null);
    }

    /** Returns the same operation without its name, which another operation has. */
    public Operation unnamed() {
        return new Operation(id, vm, request.unnamed(), state, steps, createdAt, finishedAt, failure);
    }

    Operation completed(Instant now) {
        return new Operation(id, vm, request, OperationState.COMPLETED, steps, createdAt, notBefore(now), null);
    }

    /**
     * Ends it as failed.
     *
     * @param why a sentence for a person
     */
    public Operation failed(String why, Instant now) {
        return new Operation(id, vm, request, OperationState.FAILED, steps, createdAt, notBefore(now), why);
    }

    /** Returns the current time, but no earlier than the previous times: the clock may have been set back. */
    private Instant notBefore(Instant now) {
        Instant last = steps.isEmpty() ? createdAt : steps.getLast().at();
        return now.isBefore(last) ? last : now;
    }

    /** Returns when a kind of step was first begun; empty if it was not. */
    Optional<Instant> first(OperationStep.Kind kind) {
        return steps.stream()
                .filter(step -> step.kind() == kind)
                .map(OperationStep::at)
                .findFirst();
    }

    /** Returns the progress in percent. */
    public int progress() {
        if (state == OperationState.COMPLETED) {
            return 100;
        }
        return steps.isEmpty() ? 0 : steps.getLast().kind().progress();
    }

    /** Returns the progress as text for a person. */
    public String progressMessage() {
        return switch (state) {
            case WAITING -> "Waiting";
            case RUNNING -> steps.getLast().kind().words();
            case COMPLETED ->
                switch (request.action()) {
                    case START, RESTART -> "The VM runs";
                    case SHUTDOWN, STOP -> "The VM is off";
                    case RESET -> "The VM was reset";
                    case REBOOT -> "The guest has started again";
                };
            case FAILED -> failure == null ? "Failed" : failure;
        };
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "Operation[%s, %s of VM %s, %s]",
                id,
                request.action().wireName(),
                vm,
                state.wireName());
    }
}
