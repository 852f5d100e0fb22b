// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.qemu;

import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.GuestAgentOptions;
import dev.bellhop.server.hypervisor.Hypervisor;
import dev.bellhop.server.hypervisor.StreamSocketFolder;
import dev.bellhop.server.hypervisor.VirtualMachine;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/** VMs of plain QEMU, reached through their Unix sockets. */
public final class QemuHypervisor implements Hypervisor {
    private static final Duration CHECK_TIMEOUT = Duration.ofSeconds(2);

    private final SocketLocator locator;
    private final GuestAgentOptions options;
    private final @Nullable StreamSocketFolder streamSockets;
    private final ConcurrentMap<VmId, QemuVm> vms = new ConcurrentHashMap<>();

    private volatile boolean closed;

    private QemuHypervisor(
            SocketLocator locator, GuestAgentOptions options, @Nullable StreamSocketFolder streamSockets) {
        this.locator = locator;
        this.options = options;
        this.streamSockets = streamSockets;
    }

    public static QemuHypervisor listed(Map<VmId, VmSockets> sockets, GuestAgentOptions options) {
        return new QemuHypervisor(new ListedSockets(sockets), options, null);
    }

    /** Finds VMs by the paths of their sockets. The start command has {@code {vmid}} in its arguments. */
    public static QemuHypervisor matching(
            PathPattern agent, @Nullable PathPattern monitor, @Nullable StartCommand start, GuestAgentOptions options) {
        return new QemuHypervisor(new SocketPattern(agent, monitor, start), options, null);
    }

    /** Returns the same VMs with ports for streams. Call this before anything else. */
    public QemuHypervisor withStreams(StreamSocketFolder sockets) {
        return new QemuHypervisor(locator, options, sockets);
    }

    @Override
    public void check() {
        Thread.ofVirtual().name("qemu-check").start(() -> {
            for (VmId id : vms()) {
                if (closed) {
                    return;
                }
                vm(id).ifPresent(vm -> vm.check(Deadline.after(CHECK_TIMEOUT)));
            }
        });
    }

    @Override
    public SortedSet<VmId> vms() {
        return locator.vms();
    }

    @Override
    public Optional<Boolean> isUp() {
        return locator.isUp();
    }

    @Override
    public Optional<VirtualMachine> find(VmId id) {
        return vm(id).map(vm -> vm);
    }

    @Override
    public void forget(VmId id) {
        locator.forget(id);
        QemuVm known = vms.remove(id);
        if (known != null) {
            known.close();
        }
    }

    private Optional<QemuVm> vm(VmId id) {
        QemuVm known = vms.get(id);
        return known != null
                ? Optional.of(known)
                : locator.find(id)
                        .map(sockets -> vms.computeIfAbsent(id, vm -> new QemuVm(vm, sockets, options, streamSockets)));
    }

    @Override
    public void close() {
        closed = true;
        vms.values().forEach(QemuVm::close);
    }
}
