// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service.vm;

import dev.bellhop.server.clock.ClockChange;
import dev.bellhop.server.clock.ClockSource;
import dev.bellhop.server.clock.SetClock;
import dev.bellhop.server.failure.FieldFaults;
import dev.bellhop.server.guest.question.Guests;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.VisibleVm;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Sets the clock of a guest. Thread safe. */
public final class GuestClock {
    private final Guests guests;

    public GuestClock(Guests guests) {
        this.guests = guests;
    }

    /** Parses the wire name of a source; absent for the host. Throws {@code INVALID_FIELD}. */
    public static SetClock from(@Nullable String source) {
        Optional<ClockSource> parsed = source == null ? Optional.of(ClockSource.HOST) : ClockSource.parse(source);
        FieldFaults faults = new FieldFaults();
        faults.unknownUnless(parsed.isPresent(), "/source", "host or hardware");
        faults.throwIfAny("Cannot set the clock of this guest");
        return new SetClock(parsed.orElseThrow());
    }

    /** Sets the clock; fails like {@link SetClock}. */
    public ClockChange sync(VisibleVm vm, SetClock wanted) {
        vm.callerOf(UseCase.GUEST_TIME_SYNC);
        return guests.ask(vm.id(), wanted);
    }
}
