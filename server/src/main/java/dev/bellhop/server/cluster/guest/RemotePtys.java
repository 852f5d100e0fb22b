// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.guest;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.terminal.PtyOutput;
import dev.bellhop.server.terminal.PtySpec;
import dev.bellhop.server.terminal.PtyWay;
import dev.bellhop.server.terminal.Ptys;
import dev.bellhop.server.terminal.TerminalId;
import dev.bellhop.server.terminal.WindowSize;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ptys in the VMs of all nodes. A terminal outlasts a connection that is gone for a moment: its node keeps a pty for longer than one is
 * asked for here in vain. If this server dies, the node hangs up.
 */
public final class RemotePtys implements Ptys {
    private static final Logger log = LoggerFactory.getLogger(RemotePtys.class);

    /** For so long a node may be out of reach. With one more request it has to be less than what {@link OpenPtys} waits for a reader. */
    private static final Duration MAX_SILENCE = Duration.ofSeconds(30);

    private static final Duration MAX_WAIT = Duration.ofSeconds(8);
    private static final Duration PAUSE = Duration.ofMillis(500);

    private final GuestCalls calls;
    private final int perVm;

    /** Until when a node may still say nothing, of each pty whose node does not. */
    private final ConcurrentMap<TerminalId, Deadline> silent = new ConcurrentHashMap<>();

    /** @param perVm how many may be open at once in one VM, by all API servers; its node sees to that */
    public RemotePtys(GuestCalls calls, int perVm) {
        this.calls = calls;
        this.perVm = perVm;
    }

    @Override
    public Optional<PtyWay> open(VmId vm, TerminalId id, PtySpec spec, Duration timeout) {
        return calls.begin(vm, PtyOrders.OPEN, PtyOrders.Open.of(id, spec, perVm))
                .way();
    }

    @Override
    public PtyOutput read(VmId vm, TerminalId id, long offset, int limit, Duration longest)
            throws InterruptedException {
        Duration wait = PtyOrders.shorter(longest, MAX_WAIT);
        Deadline ofSilence = Deadline.after(MAX_SILENCE);
        try {
            PtyOutput output = calls.ask(
                    vm, PtyOrders.READ, new PtyOrders.Read(id.value(), offset, limit, wait), PtyOrders.Output::output);
            silent.remove(id);
            return output;
        } catch (BellhopException e) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            Deadline end = silent.computeIfAbsent(id, each -> ofSilence);
            if (e.code() != ErrorCode.AGENT_UNAVAILABLE || end.hasPassed()) {
                silent.remove(id);
                throw e;
            }
            Thread.sleep(PAUSE);
            return PtyOutput.nothing();
        }
    }

    @Override
    public void write(VmId vm, TerminalId id, long offset, byte[] bytes, Duration timeout) throws InterruptedException {
        Deadline deadline = Deadline.after(timeout);
        while (true) {
            Duration wait = PtyOrders.shorter(deadline.remaining(), PtyOrders.MAX_WRITE);
            try {
                calls.tell(vm, PtyOrders.WRITE, new PtyOrders.Write(id.value(), offset, bytes, wait));
                return;
            } catch (BellhopException e) {
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
                boolean mayWork = e.code() == ErrorCode.STDIN_FULL || e.code() == ErrorCode.AGENT_UNAVAILABLE;
                if (!mayWork || deadline.hasPassed()) {
                    throw e;
                }
                Thread.sleep(PAUSE);
            }
        }
    }

    @Override
    public void resize(VmId vm, TerminalId id, WindowSize size) {
        calls.tell(vm, PtyOrders.RESIZE, new PtyOrders.Resize(id.value(), PtyOrders.Size.of(size)));
    }

    @Override
    public void hangUp(VmId vm, TerminalId id) {
        calls.tell(vm, PtyOrders.HANG_UP, new PtyOrders.OfPty(id.value()));
    }

    @Override
    public void forget(VmId vm, TerminalId id) {
        silent.remove(id);
        try {
            calls.tell(vm, PtyOrders.FORGET, new PtyOrders.OfPty(id.value()));
        } catch (BellhopException e) {
            log.debug("Cannot have terminal {} forgotten; its node does, once nobody reads it", id, e);
        }
    }
}
