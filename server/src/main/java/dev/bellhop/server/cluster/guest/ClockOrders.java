// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.guest;

import dev.bellhop.server.clock.ClockSource;
import dev.bellhop.server.clock.ClockSync;
import dev.bellhop.server.clock.GuestClocks;
import dev.bellhop.server.cluster.WireFormatException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The clocks of guests. */
public final class ClockOrders {
    static final GuestOrder<Sync, Synced> SYNC =
            GuestOrder.change("clock-sync", Sync.class, Synced.class, "Cannot set the clock", Duration.ofSeconds(25));

    private ClockOrders() {}

    /** @param source the wire name of a {@link ClockSource} */
    record Sync(String source) {
        private ClockSource clockSource() {
            return ClockSource.parse(source).orElseThrow(() -> new WireFormatException(Sync.class, "source"));
        }
    }

    /** As {@link ClockSync}. */
    record Synced(
            @Nullable Duration before,
            @Nullable Duration after,
            @Nullable Boolean hardwareSet) {}

    /** Those of the VMs of all nodes. */
    public static GuestClocks remote(GuestCalls calls) {
        return (vm, source) -> calls.ask(
                vm,
                SYNC,
                new Sync(source.wireName()),
                synced -> new ClockSync(source, synced.before, synced.after, synced.hardwareSet));
    }

    static void serve(GuestOrderTable node, GuestClocks clocks) {
        node.put(SYNC, (vm, question, longest) -> {
            ClockSync sync = clocks.sync(vm, question.clockSource());
            return new Synced(sync.before(), sync.after(), sync.hardwareSet());
        });
    }
}
