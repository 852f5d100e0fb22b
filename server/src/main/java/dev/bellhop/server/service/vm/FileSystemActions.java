// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service.vm;

import dev.bellhop.api.v2.vm.FileSystemFreeze;
import dev.bellhop.api.v2.vm.FileSystemTrim;
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
import dev.bellhop.server.service.VmUseCase;
import dev.bellhop.server.service.VmUseCase.Nothing;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** Freezes, thaws and trims the file systems of guests, for callers. Thread safe. */
public final class FileSystemActions {
    /** Linux's limit. */
    private static final int MAX_PATH_BYTES = 4095;

    private static final String FREEZE = "fsfreeze";

    private final Guests guests;
    private final VmAccess access;
    private final WaiterLimit waiters;

    public FileSystemActions(Guests guests, VmAccess access, WaiterLimit waiters) {
        this.guests = guests;
        this.access = access;
        this.waiters = waiters;
    }

    public List<VmUseCase<?, ?>> useCases() {
        return List.of(
                VmUseCase.of(UseCase.VM_FSFREEZE_STATUS, "GET", FREEZE, this::status),
                VmUseCase.of(UseCase.VM_FSFREEZE, "POST", FREEZE, FreezeOptions.class, this::freeze)
                        .orOmitted(new FreezeOptions(null, null)),
                VmUseCase.of(UseCase.VM_FSTHAW, "DELETE", FREEZE, this::thaw),
                VmUseCase.of(UseCase.VM_FSTRIM, "POST", "actions/fstrim", TrimOptions.class, this::trim)
                        .orOmitted(new TrimOptions(null)));
    }

    /** Fails like {@link FindFreeze}. */
    private FileSystemFreeze status(VisibleVm vm, Nothing none) {
        FreezeStatus status = guests.ask(vm.id(), new FindFreeze());
        return new FileSystemFreeze(state(status.isFrozen()), null, status.expiresAt());
    }

    private static String state(boolean isFrozen) {
        return isFrozen ? "frozen" : "thawed";
    }

    /** Fails like {@link Freeze}, or with {@code INVALID_FIELD}. */
    private FileSystemFreeze freeze(VisibleVm vm, FreezeOptions options) {
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
            FrozenFileSystems frozen = guests.ask(vm.id(), new Freeze(Duration.ofSeconds(seconds), mountPoints));
            return new FileSystemFreeze(state(true), frozen.count(), frozen.expiresAt());
        }
    }

    private static Optional<String> path(String text) {
        boolean isPath = text.startsWith("/")
                && text.getBytes(StandardCharsets.UTF_8).length <= MAX_PATH_BYTES
                && text.codePoints()
                        .noneMatch(c -> c < ' ' || (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE));
        return isPath ? Optional.of(text) : Optional.empty();
    }

    /** Fails like {@link Thaw}. */
    private FileSystemFreeze thaw(VisibleVm vm, Nothing none) {
        Caller caller = vm.callerOf(UseCase.VM_FSTHAW);
        try (var _ = waiters.enter(caller.key())) {
            return new FileSystemFreeze(
                    state(false), guests.ask(vm.id(), new Thaw()).count(), null);
        }
    }

    /** Fails like {@link Trim}, or with {@code INVALID_FIELD}. */
    private FileSystemTrim trim(VisibleVm vm, TrimOptions options) {
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
        return new FileSystemTrim(
                trimmed.fileSystems().stream()
                        .map(each -> new FileSystemTrim.Trimmed(each.mountPoint(), each.trimmedBytes(), each.error()))
                        .toList(),
                trimmed.cut());
    }
}
