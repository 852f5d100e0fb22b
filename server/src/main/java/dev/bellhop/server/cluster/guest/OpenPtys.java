// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.guest;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.terminal.PtyOutput;
import dev.bellhop.server.terminal.PtySpec;
import dev.bellhop.server.terminal.TerminalId;
import dev.bellhop.server.terminal.WindowSize;
import dev.bellhop.server.terminal.guest.LocalPtys;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

/**
 * The ptys of a node: in VMs that are named with each call, a bounded number in each. One that nobody reads any more, as the API server
 * that opened it has died, is hung up. Thread safe.
 */
public final class OpenPtys {
    /** API servers bound what each of them opens. */
    private static final int MAX_PER_VM = 100;

    /** A reader that waits for its viewer is silent for half as long. */
    static final Duration SILENCE = Duration.ofMinutes(1);

    private static final Duration OPEN_TIMEOUT = Duration.ofSeconds(20);

    private final LocalPtys ptys;
    private final LongSupplier nanos;
    private final ConcurrentMap<TerminalId, Pty> open = new ConcurrentHashMap<>();

    private static final class Pty {
        private final VmId vm;
        private final AtomicInteger calls = new AtomicInteger();
        private volatile long heardAt;

        private Pty(VmId vm, long now) {
            this.vm = vm;
            this.heardAt = now;
        }
    }

    public OpenPtys(LocalPtys ptys) {
        this(ptys, System::nanoTime);
    }

    /** @param nanos a clock as {@link System#nanoTime} is */
    OpenPtys(LocalPtys ptys, LongSupplier nanos) {
        this.ptys = ptys;
        this.nanos = nanos;
    }

    void open(VmId vm, TerminalId id, PtySpec spec) {
        Pty pty = reserve(vm, id);
        try {
            using(pty, () -> {
                ptys.open(vm, id, spec, OPEN_TIMEOUT);
                return pty;
            });
        } catch (RuntimeException | Error e) {
            open.remove(id, pty);
            throw e;
        }
        if (!isOpen(id)) {
            // The VM has left meanwhile.
            ptys.letGo(id);
        }
    }

    private synchronized Pty reserve(VmId vm, TerminalId id) {
        long inVm = open.values().stream().filter(pty -> pty.vm.equals(vm)).count();
        if (inVm >= MAX_PER_VM) {
            throw new BellhopException(
                    ErrorCode.TOO_MANY_EXECUTIONS,
                    "Cannot open one more terminal now because this VM has " + inVm
                            + " of them already; close one first",
                    MAX_PER_VM);
        }
        Pty pty = new Pty(vm, nanos.getAsLong());
        if (open.putIfAbsent(id, pty) != null) {
            throw new IllegalArgumentException("a terminal of this name is open");
        }
        return pty;
    }

    boolean isOpen(TerminalId id) {
        return open.containsKey(id);
    }

    private interface Call<T, E extends Exception> {
        T call() throws E;
    }

    private <T, E extends Exception> T using(Pty pty, Call<T, E> call) throws E {
        pty.calls.incrementAndGet();
        try {
            return call.call();
        } finally {
            pty.heardAt = nanos.getAsLong();
            pty.calls.decrementAndGet();
        }
    }

    private Pty pty(VmId vm, TerminalId id) {
        Pty pty = open.get(id);
        if (pty == null || !pty.vm.equals(vm)) {
            throw new BellhopException(ErrorCode.NOT_FOUND, "Cannot find this terminal");
        }
        return pty;
    }

    PtyOutput read(VmId vm, TerminalId id, long offset, int limit, Duration longest) throws InterruptedException {
        return using(pty(vm, id), () -> ptys.read(vm, id, offset, limit, longest));
    }

    void write(VmId vm, TerminalId id, long offset, byte[] bytes, Duration timeout) throws InterruptedException {
        var _ = pty(vm, id);
        ptys.write(vm, id, offset, bytes, timeout);
    }

    void resize(VmId vm, TerminalId id, WindowSize size) {
        var _ = pty(vm, id);
        ptys.resize(vm, id, size);
    }

    void hangUp(VmId vm, TerminalId id) {
        var _ = pty(vm, id);
        ptys.hangUp(vm, id);
    }

    void forget(VmId vm, TerminalId id) {
        Pty pty = open.get(id);
        if (pty != null && pty.vm.equals(vm) && open.remove(id, pty)) {
            ptys.forget(vm, id);
        }
    }

    /** Another process has the VM by now: forgets its ptys, and tells its guest nothing. */
    public void letGo(VmId vm) {
        open.forEach((id, pty) -> {
            if (pty.vm.equals(vm) && open.remove(id, pty)) {
                ptys.letGo(id);
            }
        });
    }

    /** Hangs up those that nobody reads any more. Returns at once; to be called now and then. */
    public void hangUpAbandoned() {
        long now = nanos.getAsLong();
        open.forEach((id, pty) -> {
            boolean isSilent = pty.calls.get() == 0 && now - pty.heardAt > SILENCE.toNanos();
            if (isSilent && open.remove(id, pty)) {
                Thread.ofVirtual().name("pty-abandoned").start(() -> ptys.forget(pty.vm, id));
            }
        });
    }
}
