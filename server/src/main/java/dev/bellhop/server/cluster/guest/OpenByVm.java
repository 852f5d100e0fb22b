// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.guest;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a node has open in guests for all API servers, by its name: in VMs that are named with each call, a bounded number in each, until the
 * guest is rid of it. What nobody asks for any more, as the API server that opened it has died, is abandoned. Thread safe.
 */
final class OpenByVm<I> {
    /** What every API server meant before they said it. */
    private static final int UNSAID = 100;

    private final String what;
    private final Duration silence;
    private final LongSupplier nanos;
    private final ConcurrentMap<I, Entry> open = new ConcurrentHashMap<>();

    private static final class Entry {
        private final VmId vm;
        private final AtomicInteger calls = new AtomicInteger();
        private final AtomicBoolean leaving = new AtomicBoolean();
        private volatile long heardAt;

        private Entry(VmId vm, long now) {
            this.vm = vm;
            this.heardAt = now;
        }
    }

    /** Something that is done while it is not abandoned. */
    interface Call<T, E extends Exception> {
        T call() throws E;
    }

    /**
     * Without any.
     *
     * @param what such as "terminal"
     * @param silence after which one is abandoned
     * @param nanos a clock as {@link System#nanoTime} is
     */
    OpenByVm(String what, Duration silence, LongSupplier nanos) {
        this.what = what;
        this.silence = silence;
        this.nanos = nanos;
    }

    /**
     * How many there may be in a VM.
     *
     * @param said by an API server; absent from one that does not say it yet
     */
    static int most(@Nullable Integer said, int limit) {
        return said == null ? UNSAID : Math.clamp(said, 1, limit);
    }

    /**
     * Opens one.
     *
     * @param most that there may be in the VM, with this one
     * @param opening what it returns is returned
     * @param letGo for one that was forgotten meanwhile, or whose VM has left
     */
    <T> T open(VmId vm, I id, int most, Supplier<T> opening, Runnable letGo) {
        Entry entry = reserve(vm, id, most);
        T opened;
        try {
            opened = using(entry, opening::get);
        } catch (RuntimeException | Error e) {
            open.remove(id, entry);
            throw e;
        }
        if (!isOpen(id)) {
            letGo.run();
        }
        return opened;
    }

    private synchronized Entry reserve(VmId vm, I id, int most) {
        long inVm = open.values().stream().filter(each -> each.vm.equals(vm)).count();
        if (inVm >= most) {
            throw new BellhopException(
                    ErrorCode.TOO_MANY_EXECUTIONS,
                    "Cannot open one more " + what + " now because this VM has " + inVm
                            + " of them already; close one first",
                    most);
        }
        Entry entry = new Entry(vm, nanos.getAsLong());
        if (open.putIfAbsent(id, entry) != null) {
            throw new IllegalArgumentException("a " + what + " of this name is open");
        }
        return entry;
    }

    boolean isOpen(I id) {
        Entry entry = open.get(id);
        return entry != null && !entry.leaving.get();
    }

    private <T, E extends Exception> T using(Entry entry, Call<T, E> call) throws E {
        entry.calls.incrementAndGet();
        try {
            return call.call();
        } finally {
            entry.heardAt = nanos.getAsLong();
            entry.calls.decrementAndGet();
        }
    }

    /** Does something with one that is open; throws {@code NOT_FOUND}. By that, somebody still wants it. */
    <T, E extends Exception> T using(VmId vm, I id, Call<T, E> call) throws E {
        return using(entry(vm, id), call);
    }

    /** Throws {@code NOT_FOUND} where it is not open. */
    void require(VmId vm, I id) {
        var _ = entry(vm, id);
    }

    private Entry entry(VmId vm, I id) {
        Entry entry = open.get(id);
        if (entry == null || entry.leaving.get() || !entry.vm.equals(vm)) {
            throw new BellhopException(ErrorCode.NOT_FOUND, "Cannot find this " + what);
        }
        return entry;
    }

    /**
     * Forgets one, where it is open. It counts until that is done.
     *
     * @param forget has the guest close it; returns once there is nothing of it any more
     */
    void forget(VmId vm, I id, BiConsumer<VmId, I> forget) {
        Entry entry = open.get(id);
        if (entry != null && entry.vm.equals(vm) && !entry.leaving.getAndSet(true)) {
            forget(id, entry, forget);
        }
    }

    private void forget(I id, Entry entry, BiConsumer<VmId, I> forget) {
        try {
            forget.accept(entry.vm, id);
        } finally {
            open.remove(id, entry);
        }
    }

    /** Another process has the VM by now. */
    void letGo(VmId vm, Consumer<I> letGo) {
        open.forEach((id, entry) -> {
            if (entry.vm.equals(vm) && open.remove(id, entry)) {
                letGo.accept(id);
            }
        });
    }

    /** Forgets those that nobody asks for any more, each on a thread of its own. Returns at once. */
    void forgetAbandoned(BiConsumer<VmId, I> forget) {
        long now = nanos.getAsLong();
        open.forEach((id, entry) -> {
            boolean isSilent = entry.calls.get() == 0 && now - entry.heardAt > silence.toNanos();
            if (isSilent && !entry.leaving.getAndSet(true)) {
                Thread.ofVirtual().name(what + "-abandoned").start(() -> forget(id, entry, forget));
            }
        });
    }
}
