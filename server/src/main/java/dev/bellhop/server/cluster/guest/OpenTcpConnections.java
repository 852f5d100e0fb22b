// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.guest;

import dev.bellhop.server.forward.ForwardId;
import dev.bellhop.server.forward.TcpInput;
import dev.bellhop.server.forward.guest.LocalTcpConnections;
import dev.bellhop.server.policy.ForwardTarget;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.util.function.LongSupplier;

/** The connections that guests of a node have made for API servers. Thread safe. */
public final class OpenTcpConnections {
    /** API servers say several times as often what they still want. */
    static final Duration SILENCE = Duration.ofMinutes(1);

    private static final Duration OPEN_TIMEOUT = Duration.ofSeconds(20);

    private final LocalTcpConnections connections;
    private final OpenByVm<ForwardId> open;

    public OpenTcpConnections(LocalTcpConnections connections) {
        this(connections, System::nanoTime);
    }

    /** @param nanos a clock as {@link System#nanoTime} is */
    OpenTcpConnections(LocalTcpConnections connections, LongSupplier nanos) {
        this.connections = connections;
        this.open = new OpenByVm<>("connection", SILENCE, nanos);
    }

    /** @param most that there may be in the VM, with this one, of all API servers */
    void open(VmId vm, ForwardId id, ForwardTarget target, int most) {
        var _ = open.open(
                vm,
                id,
                most,
                () -> {
                    connections.open(vm, id, target, OPEN_TIMEOUT);
                    return id;
                },
                () -> connections.letGo(id));
    }

    TcpInput read(VmId vm, ForwardId id, long offset, int limit, Duration longest) throws InterruptedException {
        return open.using(vm, id, () -> connections.read(vm, id, offset, limit, longest));
    }

    long write(VmId vm, ForwardId id, long offset, byte[] bytes, Duration timeout) throws InterruptedException {
        return open.using(vm, id, () -> connections.write(vm, id, offset, bytes, timeout));
    }

    boolean endOutput(VmId vm, ForwardId id, Duration timeout) throws InterruptedException {
        return open.using(vm, id, () -> connections.endOutput(vm, id, timeout));
    }

    void keep(VmId vm, ForwardId id) {
        open.using(vm, id, () -> {
            connections.keep(vm, id);
            return id;
        });
    }

    void forget(VmId vm, ForwardId id) {
        open.forget(vm, id, connections::forget);
    }

    /** Another process has the VM by now: forgets its connections, and tells its guest nothing. */
    public void letGo(VmId vm) {
        open.letGo(vm, connections::letGo);
    }

    /** Closes those that nobody reads any more. Returns at once; to be called now and then. */
    public void closeAbandoned() {
        open.forgetAbandoned(connections::forget);
    }
}
