// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.guest;

import dev.bellhop.qga.GuestList;
import dev.bellhop.qga.TrimmedFileSystem;
import dev.bellhop.server.cluster.WireFormatException;
import dev.bellhop.server.cluster.guest.GuestOrder.Plain;
import dev.bellhop.server.guest.maintenance.FileSystemMaintenance;
import dev.bellhop.server.guest.maintenance.FreezeRequest;
import dev.bellhop.server.guest.maintenance.FreezeStatus;
import dev.bellhop.server.guest.maintenance.FrozenFileSystems;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.util.List;

/**
 * The file systems of guests as a whole. A freeze's lease is kept by the node that made it, which ends it; if that node is gone, the guard
 * in the guest does.
 */
public final class FileSystemOrders {
    static final GuestOrder<Plain, FreezeStatus> STATUS = GuestOrder.step(
            "freeze-status",
            Plain.class,
            FreezeStatus.class,
            "Cannot tell whether file systems are frozen",
            Duration.ofSeconds(15));
    static final GuestOrder<Freeze, FrozenFileSystems> FREEZE = GuestOrder.change(
            "freeze", Freeze.class, FrozenFileSystems.class, "Cannot freeze the file systems", Duration.ofMinutes(2));
    static final GuestOrder<Plain, Thawed> THAW =
            GuestOrder.change("thaw", Plain.class, Thawed.class, "Cannot thaw the file systems", Duration.ofMinutes(2));
    static final GuestOrder<Trim, Trimmed> TRIM = GuestOrder.change(
            "trim", Trim.class, Trimmed.class, "Cannot trim the file systems", Duration.ofMinutes(11));

    private FileSystemOrders() {}

    /** As {@link FreezeRequest}. */
    record Freeze(Duration lease, List<String> mountPoints) {}

    record Thawed(int count) {}

    record Trim(long minimumBytes) {}

    /** As the {@link GuestList} of them. */
    record Trimmed(List<TrimmedFileSystem> fileSystems, boolean cut) {
        private static Trimmed of(GuestList<TrimmedFileSystem> trimmed) {
            List<TrimmedFileSystem> fitting = Fitting.first(trimmed.items(), Trimmed::length);
            return new Trimmed(
                    fitting, trimmed.cut() || fitting.size() < trimmed.items().size());
        }

        private static int length(TrimmedFileSystem each) {
            String error = each.error();
            return Fitting.length(each.mountPoint()) + (error == null ? 0 : Fitting.length(error));
        }

        private GuestList<TrimmedFileSystem> list() {
            return new GuestList<>(fileSystems, cut);
        }
    }

    /** Those of the VMs of all nodes. */
    public static FileSystemMaintenance remote(GuestCalls calls) {
        return new Remote(calls);
    }

    private record Remote(GuestCalls calls) implements FileSystemMaintenance {
        @Override
        public FreezeStatus freezeStatus(VmId vm) {
            return calls.ask(vm, STATUS, new Plain());
        }

        @Override
        public FrozenFileSystems freeze(VmId vm, FreezeRequest request) {
            return calls.ask(vm, FREEZE, new Freeze(request.lease(), request.mountPoints()));
        }

        @Override
        public int thaw(VmId vm) {
            return calls.ask(vm, THAW, new Plain()).count();
        }

        @Override
        public GuestList<TrimmedFileSystem> trim(VmId vm, long minimumBytes) {
            return calls.ask(vm, TRIM, new Trim(minimumBytes), Trimmed::list);
        }
    }

    static void serve(GuestOrderTable node, FileSystemMaintenance fileSystems) {
        node.put(STATUS, (vm, question, longest) -> fileSystems.freezeStatus(vm));
        node.put(FREEZE, (vm, question, longest) -> {
            long seconds = question.lease().toSeconds();
            if (seconds < FreezeRequest.MIN_SECONDS || seconds > FreezeRequest.MAX_SECONDS) {
                throw new WireFormatException(Freeze.class, "lease");
            }
            return fileSystems.freeze(vm, new FreezeRequest(question.lease(), question.mountPoints()));
        });
        node.put(THAW, (vm, question, longest) -> new Thawed(fileSystems.thaw(vm)));
        node.put(TRIM, (vm, question, longest) -> Trimmed.of(fileSystems.trim(vm, question.minimumBytes())));
    }
}
