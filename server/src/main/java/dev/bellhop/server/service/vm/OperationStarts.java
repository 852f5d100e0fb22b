// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service.vm;

import dev.bellhop.api.v2.vm.PowerOptions;
import dev.bellhop.server.failure.FieldFaults;
import dev.bellhop.server.operation.Operation;
import dev.bellhop.server.operation.OperationAction;
import dev.bellhop.server.operation.OperationRequest;
import dev.bellhop.server.operation.OperationSettings;
import dev.bellhop.server.operation.Operations;
import dev.bellhop.server.service.AuditNote;
import dev.bellhop.server.service.Caller;
import dev.bellhop.server.service.EndEntries;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.VisibleVm;
import dev.bellhop.server.vms.Vms;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Turns VMs on and off. Thread safe. */
public final class OperationStarts {
    private final Vms vms;
    private final OperationSettings settings;

    public OperationStarts(Vms vms, OperationSettings settings) {
        this.vms = vms;
        this.settings = settings;
    }

    /**
     * The operation of a request.
     *
     * @param replayed whether an earlier request started it
     * @param estimate the approximate maximum duration
     */
    public record Started(Operation operation, boolean replayed, Duration estimate) {}

    /**
     * Starts an operation; returns once it is stored. Throws {@code INVALID_FIELD}, or like {@link Vms#power}.
     *
     * @param idempotencyName the caller's name for it; called only after the options were found valid
     */
    public Started start(
            VisibleVm vm, OperationAction action, PowerOptions options, Supplier<@Nullable String> idempotencyName) {
        Caller caller = vm.callerOf(UseCase.OPERATION_START);
        OperationRequest request = new OperationRequest(
                action,
                Boolean.TRUE.equals(options.force()),
                grace(action, options),
                caller.key().id(),
                caller.tenant(),
                idempotencyName.get());
        AuditNote note = vm.permit().note();
        note.about(action.wireName());
        Operations.Started started = vms.power(vm.id(), request);
        note.about(EndEntries.subject(started.operation()));
        return new Started(started.operation(), started.replayed(), settings.estimate(request));
    }

    private Duration grace(OperationAction action, PowerOptions options) {
        Integer seconds = options.graceSeconds();
        if (seconds == null) {
            return action.asksTheGuest() ? settings.grace() : Duration.ZERO;
        }
        FieldFaults.requireBetween(
                0,
                seconds,
                OperationSettings.MAX_GRACE_SECONDS,
                "/graceSeconds",
                "Cannot do this with this grace period");
        return Duration.ofSeconds(seconds);
    }
}
