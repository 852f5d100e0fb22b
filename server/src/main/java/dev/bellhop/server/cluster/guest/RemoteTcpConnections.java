// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.guest;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.forward.ForwardId;
import dev.bellhop.server.forward.TcpConnections;
import dev.bellhop.server.forward.TcpInput;
import dev.bellhop.server.policy.ForwardTarget;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Connections that guests on all nodes make. If this server dies, the node closes them.
 */
public final class RemoteTcpConnections implements TcpConnections {
    private static final Logger log = LoggerFactory.getLogger(RemoteTcpConnections.class);
    private static final Duration MAX_WAIT = Duration.ofSeconds(8);

    private final GuestCalls calls;
    private final int perVm;

    /** @param perVm how many may be open at once in one VM, by all API servers; its node sees to that */
    public RemoteTcpConnections(GuestCalls calls, int perVm) {
        this.calls = calls;
        this.perVm = perVm;
    }

    @Override
    public void open(VmId vm, ForwardId id, ForwardTarget target, Duration timeout) {
        calls.begin(vm, TcpOrders.OPEN, TcpOrders.Open.of(id, target, perVm));
    }

    private interface Call<T> {
        T get();
    }

    private static <T> T interruptibly(Call<T> call) throws InterruptedException {
        try {
            return call.get();
        } catch (BellhopException e) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            throw e;
        }
    }

    @Override
    public TcpInput read(VmId vm, ForwardId id, long offset, int limit, Duration longest) throws InterruptedException {
        TcpOrders.Read read = new TcpOrders.Read(id.value(), offset, limit, PtyOrders.shorter(longest, MAX_WAIT));
        return interruptibly(() -> calls.ask(vm, TcpOrders.READ, read, TcpOrders.Input::input));
    }

    @Override
    public long write(VmId vm, ForwardId id, long offset, byte[] bytes, Duration timeout) throws InterruptedException {
        TcpOrders.Write write =
                new TcpOrders.Write(id.value(), offset, bytes, PtyOrders.shorter(timeout, TcpOrders.MAX_WRITE));
        return interruptibly(() -> calls.ask(vm, TcpOrders.WRITE, write, TcpOrders.Written::bytes));
    }

    @Override
    public boolean endOutput(VmId vm, ForwardId id, Duration timeout) throws InterruptedException {
        TcpOrders.End end = new TcpOrders.End(id.value(), PtyOrders.shorter(timeout, TcpOrders.MAX_WRITE));
        return interruptibly(() -> calls.ask(vm, TcpOrders.END, end, TcpOrders.Ended::done));
    }

    @Override
    public void keep(VmId vm, ForwardId id) {
        calls.tell(vm, TcpOrders.KEEP, new TcpOrders.OfConnection(id.value()));
    }

    @Override
    public void forget(VmId vm, ForwardId id) {
        try {
            calls.tell(vm, TcpOrders.FORGET, new TcpOrders.OfConnection(id.value()));
        } catch (BellhopException e) {
            log.debug("Cannot have connection {} closed; its node does, once nobody reads it", id, e);
        }
    }
}
