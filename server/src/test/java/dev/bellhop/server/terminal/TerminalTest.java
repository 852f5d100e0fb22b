// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.vm.VmId;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
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

    private final Guest guest = new Guest();
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
}
