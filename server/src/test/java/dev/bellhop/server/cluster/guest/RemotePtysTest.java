// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.bellhop.server.cluster.FakeNetwork.Fate;
import dev.bellhop.server.cluster.WireCodec;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.guest.question.QuestionKind;
import dev.bellhop.server.terminal.PtyEnd;
import dev.bellhop.server.terminal.PtyOutput;
import dev.bellhop.server.terminal.PtySpec;
import dev.bellhop.server.terminal.PtyWay;
import dev.bellhop.server.terminal.TerminalId;
import dev.bellhop.server.terminal.WindowSize;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A pty whose guest is another node's. */
@Timeout(60)
@Tag("cluster")
class RemotePtysTest {
    private static final VmId VM = OneNodesGuests.VM;
    private static final int PER_VM = 150;
    private static final Duration LONG = Duration.ofSeconds(10);
    private static final PtySpec SPEC =
            new PtySpec(new WindowSize(80, 24), "root", "/srv", Map.of("TERM", "xterm"), List.of("/bin/sh", "-c", "ä"));

    private final OneNodesGuests cluster = new OneNodesGuests();
    private final RemotePtys ptys = new RemotePtys(cluster.calls, PER_VM);
    private final TerminalId id = new TerminalId(UUID.randomUUID());

    @BeforeEach
    void open() {
        cluster.work = call -> call.method().equals("open") ? Optional.of(PtyWay.agent("no_slot")) : null;
        assertThat(ptys.open(VM, id, SPEC, LONG)).contains(PtyWay.agent("no_slot"));
        assertThat(cluster.asked.getFirst().args().subList(0, 3)).containsExactly(VM, id, SPEC);
        cluster.asked.clear();
    }

    @Test
    void aVmHasAsManyAsTheSettingSaysOfAllServersTogether() {
        RemotePtys other = new RemotePtys(cluster.calls, PER_VM);
        for (int i = 1; i < PER_VM; i++) {
            (i % 2 == 0 ? ptys : other).open(VM, new TerminalId(UUID.randomUUID()), SPEC, LONG);
        }
        BellhopException got = catchThrowableOfType(
                BellhopException.class, () -> ptys.open(VM, new TerminalId(UUID.randomUUID()), SPEC, LONG));
        assertThat(got.code()).isEqualTo(ErrorCode.TOO_MANY_EXECUTIONS);
    }

    @Test
    void aNodeThatDoesNotSayByWhichWayIsUnderstood() {
        byte[] older = WireCodec.encode(new QuestionKind.Done());
        assertThat(WireCodec.decode(older, PtyOrders.Opened.class).way()).isEmpty();
        assertThat(new PtyOrders.Opened("carrier_pigeon", null).way()).isEmpty();
        assertThat(new PtyOrders.Opened("agent", "\u001b[2J").way()).contains(PtyWay.agent(null));
        // An older API server takes no notice.
        assertThat(WireCodec.decode(WireCodec.encode(new PtyOrders.Opened("stream", null)), QuestionKind.Done.class))
                .isEqualTo(new QuestionKind.Done());
    }

    @Test
    void itIsReadTypedInResizedHungUpAndForgotten() throws Exception {
        cluster.work = call -> new PtyOutput(new byte[] {1, (byte) 255}, null);
        assertThat(ptys.read(VM, id, 7, 100, LONG).bytes()).containsExactly(1, 255);
        cluster.work = call -> PtyOutput.ended(new PtyEnd(3, null));
        assertThat(ptys.read(VM, id, 9, 100, LONG).end()).isEqualTo(new PtyEnd(3, null));
        cluster.work = call -> null;
        ptys.write(VM, id, 5, new byte[] {2}, LONG);
        ptys.resize(VM, id, new WindowSize(100, 30));
        ptys.hangUp(VM, id);
        ptys.forget(VM, id);

        assertThat(cluster.asked)
                .extracting(OneNodesGuests.Asked::method)
                .containsExactly("read", "read", "write", "resize", "hangUp", "forget");
        assertThat(cluster.asked.getFirst().args().subList(0, 4)).containsExactly(VM, id, 7L, 100);
        assertThat(cluster.asked.get(2).args().subList(0, 4)).containsExactly(VM, id, 5L, new byte[] {2});
        assertThat(cluster.asked.get(3).args()).containsExactly(VM, id, new WindowSize(100, 30));
    }

    @Test
    void aReaderWaitsForANodeThatIsAwayForAMoment() throws Exception {
        cluster.network.decide(subject -> Fate.MEETS_NOBODY);
        PtyOutput nothing = ptys.read(VM, id, 0, 100, LONG);
        assertThat(nothing.bytes()).isEmpty();
        assertThat(nothing.end()).isNull();
        cluster.network.decide(subject -> Fate.ARRIVES);
        cluster.work = call -> new PtyOutput(new byte[] {1}, null);
        assertThat(ptys.read(VM, id, 0, 100, LONG).bytes()).containsExactly(1);
    }

    @Test
    void whatIsTypedWhileItsCommandDoesNotReadIsTypedLater() throws Exception {
        AtomicInteger full = new AtomicInteger(2);
        cluster.work = call -> {
            if (full.getAndDecrement() > 0) {
                throw new BellhopException(ErrorCode.STDIN_FULL, "Cannot: full");
            }
            return null;
        };
        ptys.write(VM, id, 5, new byte[] {2}, LONG);
        assertThat(cluster.asked).hasSize(3);
    }

    @Test
    void aNodeThatIsDrainedGetsNoNewOne() throws Exception {
        cluster.drain();
        TerminalId other = new TerminalId(UUID.randomUUID());
        BellhopException got = catchThrowableOfType(BellhopException.class, () -> ptys.open(VM, other, SPEC, LONG));
        assertThat(got.code()).isEqualTo(ErrorCode.AGENT_UNAVAILABLE);
        assertThat(got).hasMessage("Cannot open a terminal in VM 1 because its node a is drained");
        ptys.write(VM, id, 0, new byte[] {1}, LONG);
        assertThat(cluster.asked).extracting(OneNodesGuests.Asked::method).containsExactly("write");
    }

    @Test
    void aPtyThatTheNodeDoesNotHaveIsLost() {
        TerminalId other = new TerminalId(UUID.randomUUID());
        BellhopException got = catchThrowableOfType(BellhopException.class, () -> ptys.read(VM, other, 0, 100, LONG));
        assertThat(got.code()).isEqualTo(ErrorCode.NOT_FOUND);
    }

    @Test
    void aPtyOfAVmThatHasLeftIsForgottenAndItsGuestIsToldNothing() {
        cluster.ptys.letGo(VM);
        assertThat(cluster.asked).extracting(OneNodesGuests.Asked::method).containsExactly("letGo");
        assertThatThrownBy(() -> ptys.resize(VM, id, new WindowSize(100, 30))).isInstanceOf(BellhopException.class);
    }
}
