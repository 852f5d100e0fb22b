// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.terminal.PtyOutput;
import dev.bellhop.server.terminal.PtySpec;
import dev.bellhop.server.terminal.PtyWay;
import dev.bellhop.server.terminal.TerminalId;
import dev.bellhop.server.terminal.WindowSize;
import dev.bellhop.server.terminal.guest.LocalPtys;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a node does with ptys that nobody reads, and with those of other VMs. */
@Timeout(30)
@Tag("cluster")
class OpenPtysTest {
    private static final VmId VM = new VmId(1);
    private static final PtySpec SPEC = new PtySpec(new WindowSize(80, 24), "root", null, Map.of(), List.of());
    private static final long LONG = OpenPtys.SILENCE.toNanos() + 1;

    private final Guests guests = new Guests();
    private final AtomicLong now = new AtomicLong();
    private final OpenPtys ptys = new OpenPtys(guests, now::get);
    private final TerminalId id = new TerminalId(UUID.randomUUID());

    private static final class Guests implements LocalPtys {
        final BlockingQueue<PtyOutput> prints = new LinkedBlockingQueue<>();
        final List<TerminalId> forgotten = new CopyOnWriteArrayList<>();

        @Override
        public Optional<PtyWay> open(VmId vm, TerminalId terminal, PtySpec spec, Duration timeout) {
            return Optional.empty();
        }

        @Override
        public PtyOutput read(VmId vm, TerminalId terminal, long offset, int limit, Duration longest)
                throws InterruptedException {
            return prints.take();
        }

        @Override
        public void write(VmId vm, TerminalId terminal, long offset, byte[] bytes, Duration timeout) {}

        @Override
        public void resize(VmId vm, TerminalId terminal, WindowSize size) {}

        @Override
        public void hangUp(VmId vm, TerminalId terminal) {}

        @Override
        public void forget(VmId vm, TerminalId terminal) {
            forgotten.add(terminal);
        }

        @Override
        public void letGo(TerminalId terminal) {}
    }

    @Test
    void onePtyThatNobodyReadsAnyMoreIsHungUp() throws Exception {
        ptys.open(VM, id, SPEC, 100);
        now.addAndGet(LONG / 2);
        guests.prints.add(PtyOutput.nothing());
        ptys.read(VM, id, 0, 100, Duration.ZERO);
        now.addAndGet(LONG / 2 + 1);
        ptys.hangUpAbandoned();
        assertThat(ptys.isOpen(id)).isTrue();

        now.addAndGet(LONG);
        ptys.hangUpAbandoned();
        assertThat(ptys.isOpen(id)).isFalse();
        await().until(() -> guests.forgotten.contains(id));
    }

    @Test
    void onePtyThatIsReadForLongIsNot() throws Exception {
        ptys.open(VM, id, SPEC, 100);
        Thread reader = Thread.startVirtualThread(() -> {
            try {
                ptys.read(VM, id, 0, 100, Duration.ofHours(1));
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        await().until(() -> reader.getState() == Thread.State.WAITING);
        now.addAndGet(LONG);
        ptys.hangUpAbandoned();
        assertThat(ptys.isOpen(id)).isTrue();
        guests.prints.add(PtyOutput.nothing());
        reader.join();
    }

    @Test
    void thePtyOfOneVmIsNoneOfAnother() {
        ptys.open(VM, id, SPEC, 100);
        VmId other = new VmId(2);
        BellhopException got =
                catchThrowableOfType(BellhopException.class, () -> ptys.resize(other, id, new WindowSize(1, 1)));
        assertThat(got.code()).isEqualTo(ErrorCode.NOT_FOUND);
        ptys.forget(other, id);
        assertThat(ptys.isOpen(id)).isTrue();
        assertThat(guests.forgotten).isEmpty();
    }

    @Test
    void aVmHasABoundedNumberOfThem() {
        for (int i = 0; i < 100; i++) {
            ptys.open(VM, new TerminalId(UUID.randomUUID()), SPEC, 100);
        }
        BellhopException got = catchThrowableOfType(BellhopException.class, () -> ptys.open(VM, id, SPEC, 100));
        assertThat(got.code()).isEqualTo(ErrorCode.TOO_MANY_EXECUTIONS);
        ptys.open(new VmId(2), id, SPEC, 100);
    }
}
