// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.terminal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.limit.FairLimit;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.vm.VmId;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A terminal whose guest prints and reads when the test says so. */
@Timeout(60)
class TerminalTest {
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final int PIECE = 64 << 10;

    private final Guest guest = new Guest();
    private final FairLimit memory = new FairLimit(Long.MAX_VALUE);
    private final Terminal terminal = new Terminal(
            new TerminalInfo(
                    new TerminalId(UUID.randomUUID()),
                    new VmId(1),
                    Tenant.operator(),
                    "key",
                    "holder",
                    Map.of(),
                    "root",
                    Instant.EPOCH),
            new WindowSize(80, 24),
            guest,
            new Terminal.Memory(memory.newHolding("holder"), memory.newHolding("holder")),
            Clock.systemUTC());

    private static final class Guest implements Ptys {
        final BlockingQueue<PtyOutput> prints = new LinkedBlockingQueue<>();
        final BlockingQueue<String> typed = new LinkedBlockingQueue<>();
        final AtomicInteger full = new AtomicInteger();
        final CountDownLatch hungUp = new CountDownLatch(1);

        @Override
        public Optional<PtyWay> open(VmId vm, TerminalId id, PtySpec spec, Duration timeout) {
            return Optional.empty();
        }

        @Override
        public PtyOutput read(VmId vm, TerminalId id, long offset, int limit, Duration longest)
                throws InterruptedException {
            return prints.take();
        }

        @Override
        public void write(VmId vm, TerminalId id, long offset, byte[] bytes, Duration timeout) {
            if (full.getAndDecrement() > 0) {
                throw new BellhopException(ErrorCode.STDIN_FULL, "full");
            }
            typed.add(offset + " " + new String(bytes, StandardCharsets.UTF_8));
        }

        @Override
        public void resize(VmId vm, TerminalId id, WindowSize size) {}

        @Override
        public void hangUp(VmId vm, TerminalId id) {
            hungUp.countDown();
        }

        @Override
        public void forget(VmId vm, TerminalId id) {}
    }

    @AfterEach
    void end() {
        guest.prints.add(PtyOutput.ended(PtyEnd.LOST));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void whoMayNotGoOnSeesAndTypesNothingWhateverTheGuestDoes() throws Exception {
        terminal.start(TerminalRecorder.NONE);
        Terminal.Viewer viewer = terminal.join(false, null);
        guest.prints.add(new PtyOutput(bytes("before"), null));
        assertThat(viewer.take(100, LONG).bytes()).isEqualTo(bytes("before"));

        terminal.hangUp(EndReason.NOT_ALLOWED);
        guest.hungUp.await();
        guest.prints.add(new PtyOutput(bytes("after"), null));
        viewer.type(bytes("after"));

        Terminal.Next next = viewer.take(100, LONG);
        assertThat(next.bytes()).isEmpty();
        assertThat(next.end()).isNotNull().extracting(TerminalEnd::reason).isEqualTo(EndReason.NOT_ALLOWED);
        assertThat(terminal.end()).isNull();
        assertThat(guest.typed).isEmpty();
    }

    @Test
    void aCommandThatReadsLateGetsWhatWasTyped() throws Exception {
        guest.full.set(3);
        terminal.start(TerminalRecorder.NONE);
        Terminal.Viewer viewer = terminal.join(false, null);
        viewer.type(bytes("one"));
        assertThat(guest.typed.take()).isEqualTo("0 one");
        viewer.type(bytes("two"));
        assertThat(guest.typed.take()).isEqualTo("3 two");
        assertThat(guest.hungUp.getCount()).isEqualTo(1);
    }

    private Terminal terminal(FairLimit open, FairLimit history) {
        FairLimit.Holding holding = open.newHolding("holder");
        assertThat(holding.grow(Terminal.BYTES)).isTrue();
        return new Terminal(
                terminal.info(),
                new WindowSize(80, 24),
                guest,
                new Terminal.Memory(holding, history.newHolding("holder")),
                Clock.systemUTC());
    }

    /** A slow typist gets all output, even with the smallest ring. */
    @Test
    void whoTypesMissesNothingWithoutMemory() throws Exception {
        FairLimit open = new FairLimit(2 * Terminal.BYTES);
        Terminal poor = terminal(open, new FairLimit(0));
        byte[] all = new byte[2 * OutputRing.MAX_BYTES];
        new Random(3).nextBytes(all);
        for (int at = 0; at < all.length; at += PIECE) {
            guest.prints.add(new PtyOutput(Arrays.copyOfRange(all, at, at + PIECE), null));
        }
        Terminal.Viewer viewer = poor.join(false, null);
        poor.start(TerminalRecorder.NONE);

        var seen = new ByteArrayOutputStream();
        while (seen.size() < all.length) {
            Terminal.Next next = viewer.take(10_000, LONG);
            assertThat(next.missed()).isZero();
            seen.write(next.bytes());
        }
        assertThat(seen.toByteArray()).isEqualTo(all);
        viewer.close();
    }

    /** A typist who returns replaces the former one. */
    @Test
    void oneMoreWhoLooksTakesMemoryAndOneWhoTypesDoesNot() {
        FairLimit open = new FairLimit(2 * (Terminal.BYTES + Terminal.VIEWER_BYTES));
        Terminal poor = terminal(open, new FairLimit(0));
        Terminal.Viewer looks = poor.join(true, null);
        assertThatThrownBy(() -> poor.join(true, null))
                .isInstanceOfSatisfying(
                        BellhopException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.OVERLOADED));
        Terminal.Viewer types = poor.join(false, null);
        assertThat(types.readOnly()).isFalse();

        looks.close();
        looks.close();
        assertThat(open.held()).isEqualTo(Terminal.BYTES);
    }

    @Test
    void onceItsEndWasSeenNothingIsKeptOfWhatItPrinted() throws Exception {
        FairLimit open = new FairLimit(Long.MAX_VALUE);
        FairLimit history = new FairLimit(Long.MAX_VALUE);
        Terminal ended = terminal(open, history);
        guest.prints.add(new PtyOutput(new byte[4 * PIECE], null));
        guest.prints.add(PtyOutput.ended(PtyEnd.LOST));
        ended.start(TerminalRecorder.NONE);
        assertThat(ended.awaitEnd(LONG)).isTrue();
        assertThat(history.held()).isEqualTo(2L * PIECE);

        try (Terminal.Viewer back = ended.join(false, null)) {
            assertThat(ended.forgetOutput()).as("somebody is looking").isFalse();
            assertThat(back.take(Integer.MAX_VALUE, LONG).bytes()).hasSize(4 * PIECE);
            assertThat(back.take(1, LONG).end()).isNotNull();
        }
        assertThat(history.held()).isZero();
        assertThat(open.held()).isZero();
        try (Terminal.Viewer late = ended.join(false, null)) {
            assertThat(late.take(1, LONG).end()).isNotNull();
        }
    }
}
