// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service.vm;

import dev.bellhop.server.clock.ClockSource;
import dev.bellhop.server.clock.ClockSync;
import dev.bellhop.server.clock.GuestClocks;
import dev.bellhop.server.failure.FieldFaults;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.VisibleVm;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The clock of a guest. Thread safe. */
public final class GuestClock {
    private final GuestClocks clocks;

    public GuestClock(GuestClocks clocks) {
        this.clocks = clocks;
    }

    /**
     * Throws {@code INVALID_FIELD}, or as {@link GuestClocks#sync}.
     *
     * @param source by its wire name; absent for the host
     */
    public ClockSync sync(VisibleVm vm, @Nullable String source) {
        vm.callerOf(UseCase.GUEST_TIME_SYNC);
        Optional<ClockSource> parsed = source == null ? Optional.of(ClockSource.HOST) : ClockSource.parse(source);
        FieldFaults faults = new FieldFaults();
        faults.unknownUnless(parsed.isPresent(), "/source", "host or hardware");
        faults.throwIfAny("Cannot set the clock of this guest");
        return clocks.sync(vm.id(), parsed.orElseThrow());
    }
}
