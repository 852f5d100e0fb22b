// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service.vm;

import dev.bellhop.api.v2.vm.FreezeOptions;
import dev.bellhop.api.v2.vm.TrimOptions;
import dev.bellhop.server.access.WaiterLimit;
import dev.bellhop.server.failure.FieldFault.Fault;
import dev.bellhop.server.failure.FieldFaults;
import dev.bellhop.server.guest.maintenance.FileSystemQuestions.FindFreeze;
import dev.bellhop.server.guest.maintenance.FileSystemQuestions.Freeze;
import dev.bellhop.server.guest.maintenance.FileSystemQuestions.Thaw;
import dev.bellhop.server.guest.maintenance.FileSystemQuestions.Trim;
import dev.bellhop.server.guest.maintenance.FileSystemQuestions.Trimmed;
import dev.bellhop.server.guest.maintenance.FreezeStatus;
import dev.bellhop.server.guest.maintenance.FrozenFileSystems;
import dev.bellhop.server.guest.question.Guests;
import dev.bellhop.server.service.Caller;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.VisibleVm;
import dev.bellhop.server.service.VmAccess;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** Freezes, thaws and trims the file systems of guests, for callers. Thread safe. */
public final class FileSystemActions {
    /** Linux's limit. */
    private static final int MAX_PATH_BYTES = 4095;

    private final Guests guests;
    private final VmAccess access;
    private final WaiterLimit waiters;

    public FileSystemActions(Guests guests, VmAccess access, WaiterLimit waiters) {
        this.guests = guests;
        this.access = access;
        this.waiters = waiters;
    }

    /** Same as {@link FindFreeze}. */
    public FreezeStatus status(VisibleVm vm) {
        vm.callerOf(UseCase.VM_FSFREEZE_STATUS);
        FreezeStatus status = guests.ask(vm.id(), new FindFreeze());
        access.visible(vm.permit(), vm.id());
        return status;
    }

    /** Same as {@link Freeze}; also throws {@code INVALID_FIELD}. */
    public FrozenFileSystems freeze(VisibleVm vm, FreezeOptions options) {
        Caller caller = vm.callerOf(UseCase.VM_FSFREEZE);
        FieldFaults faults = new FieldFaults();
        int seconds = Objects.requireNonNullElse(options.seconds(), Freeze.USUAL_SECONDS);
        faults.unlessBetween(Freeze.MIN_SECONDS, seconds, Freeze.MAX_SECONDS, "/seconds");
        List<String> wanted = Objects.requireNonNullElse(options.mountPoints(), List.of());
        faults.unlessBetween(
                options.mountPoints() == null ? 0 : 1, wanted.size(), Freeze.MAX_MOUNT_POINTS, "/mountPoints");
        List<String> mountPoints = faults.each(
                "/mountPoints", wanted, FileSystemActions::path, "An absolute path in the guest", Fault.MALFORMED);
        faults.throwIfAny("Cannot freeze the file systems because some of the fields are not valid");
        vm.permit().note().about(seconds + " s");
        try (var _ = waiters.enter(caller.key())) {
            return guests.ask(vm.id(), new Freeze(Duration.ofSeconds(seconds), mountPoints));
        }
    }

    private static Optional<String> path(String text) {
        boolean isPath = text.startsWith("/")
                && text.getBytes(StandardCharsets.UTF_8).length <= MAX_PATH_BYTES
                && text.codePoints()
                        .noneMatch(c -> c < ' ' || (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE));
        return isPath ? Optional.of(text) : Optional.empty();
    }

    /** Same as {@link Thaw}. */
    public int thaw(VisibleVm vm) {
        Caller caller = vm.callerOf(UseCase.VM_FSTHAW);
        try (var _ = waiters.enter(caller.key())) {
            return guests.ask(vm.id(), new Thaw()).count();
        }
    }

    /** Same as {@link Trim}; also throws {@code INVALID_FIELD}. */
    public Trimmed trim(VisibleVm vm, TrimOptions options) {
        Caller caller = vm.callerOf(UseCase.VM_FSTRIM);
        long minimum = Objects.requireNonNullElse(options.minimumBytes(), 0L);
        FieldFaults.requireBetween(
                0, minimum, Long.MAX_VALUE, "/minimumBytes", "Cannot trim with this minimum because it is less than 0");
        Trimmed trimmed;
        try (var _ = waiters.enter(caller.key())) {
            trimmed = guests.ask(vm.id(), new Trim(minimum));
        }
        // The VM may have another owner now.
        access.visible(vm.permit(), vm.id());
        return trimmed;
    }
}
