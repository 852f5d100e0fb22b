// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.guest;

import dev.bellhop.server.terminal.PtyOutput;
import dev.bellhop.server.terminal.PtySpec;
import dev.bellhop.server.terminal.PtyWay;
import dev.bellhop.server.terminal.TerminalId;
import dev.bellhop.server.terminal.WindowSize;
import dev.bellhop.server.terminal.guest.LocalPtys;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * The ptys of a node: in VMs that are named with each call, a bounded number in each. One that nobody reads any more, as the API server
 * that opened it has died, is hung up. Thread safe.
 */
public final class OpenPtys {
    /** A reader that waits for its viewer is silent for half as long. */
    static final Duration SILENCE = Duration.ofMinutes(1);

    private static final Duration OPEN_TIMEOUT = Duration.ofSeconds(20);

    private final LocalPtys ptys;
    private final OpenByVm<TerminalId> open;

    public OpenPtys(LocalPtys ptys) {
        this(ptys, System::nanoTime);
    }

    /** @param nanos a clock as {@link System#nanoTime} is */
    OpenPtys(LocalPtys ptys, LongSupplier nanos) {
        this.ptys = ptys;
        this.open = new OpenByVm<>("terminal", SILENCE, nanos);
    }

    /** @param most that there may be in the VM, with this one, of all API servers */
    Optional<PtyWay> open(VmId vm, TerminalId id, PtySpec spec, int most) {
        return open.open(vm, id, most, () -> ptys.open(vm, id, spec, OPEN_TIMEOUT), () -> ptys.letGo(id));
    }

    boolean isOpen(TerminalId id) {
        return open.isOpen(id);
    }

    PtyOutput read(VmId vm, TerminalId id, long offset, int limit, Duration longest) throws InterruptedException {
        return open.using(vm, id, () -> ptys.read(vm, id, offset, limit, longest));
    }

    void write(VmId vm, TerminalId id, long offset, byte[] bytes, Duration timeout) throws InterruptedException {
        open.require(vm, id);
        ptys.write(vm, id, offset, bytes, timeout);
    }

    void resize(VmId vm, TerminalId id, WindowSize size) {
        open.require(vm, id);
        ptys.resize(vm, id, size);
    }

    void hangUp(VmId vm, TerminalId id) {
        open.require(vm, id);
        ptys.hangUp(vm, id);
    }

    void forget(VmId vm, TerminalId id) {
        open.forget(vm, id, ptys::forget);
    }

    /** Another process has the VM by now: forgets its ptys, and tells its guest nothing. */
    public void letGo(VmId vm) {
        open.letGo(vm, ptys::letGo);
    }

    /** Hangs up those that nobody reads any more. Returns at once; to be called now and then. */
    public void hangUpAbandoned() {
        open.forgetAbandoned(ptys::forget);
    }
}
