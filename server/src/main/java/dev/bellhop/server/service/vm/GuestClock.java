// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service.vm;

import dev.bellhop.api.v2.guest.ClockView;
import dev.bellhop.api.v2.guest.SyncTime;
import dev.bellhop.server.clock.ClockChange;
import dev.bellhop.server.clock.ClockSource;
import dev.bellhop.server.clock.SetClock;
import dev.bellhop.server.failure.FieldFaults;
import dev.bellhop.server.guest.question.Guests;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.VisibleVm;
import dev.bellhop.server.service.VmUseCase;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Sets the clock of a guest. Thread safe. */
public record GuestClock(Guests guests) {
    private static final double MILLIS = 1000;

    public List<VmUseCase<?, ?>> useCases() {
        return List.of(VmUseCase.of(UseCase.GUEST_TIME_SYNC, "POST", "actions/sync-time", SyncTime.class, this::sync)
                .orOmitted(new SyncTime(null)));
    }

    /** Sets the clock to the host's unless another source is named. Fails like {@link SetClock}. */
    private ClockView sync(VisibleVm vm, SyncTime wanted) {
        Optional<ClockSource> source =
                wanted.source() == null ? Optional.of(ClockSource.HOST) : ClockSource.parse(wanted.source());
        FieldFaults faults = new FieldFaults();
        faults.unknownUnless(source.isPresent(), "/source", "host or hardware");
        faults.throwIfAny("Cannot set the clock of this guest");
        ClockChange change = guests.ask(vm.id(), new SetClock(source.orElseThrow()));
        return new ClockView(
                source.orElseThrow().wireName(),
                seconds(change.before()),
                seconds(change.after()),
                change.hardwareSet());
    }

    private static @Nullable Double seconds(@Nullable Duration difference) {
        return difference == null ? null : difference.toMillis() / MILLIS;
    }
}
