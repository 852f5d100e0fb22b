// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.forward.ForwardId;
import dev.bellhop.server.forward.TcpInput;
import dev.bellhop.server.policy.ForwardTarget;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A connection of a guest that is another node's. */
@Timeout(60)
@Tag("cluster")
class RemoteTcpConnectionsTest {
    private static final VmId VM = OneNodesGuests.VM;
    private static final int PER_VM = 150;
    private static final Duration LONG = Duration.ofSeconds(10);
    private static final ForwardTarget TARGET = ForwardTarget.of("::1", 5432).orElseThrow();

    private final OneNodesGuests cluster = new OneNodesGuests();
    private final RemoteTcpConnections connections = new RemoteTcpConnections(cluster.calls, PER_VM);
    private final ForwardId id = new ForwardId(UUID.randomUUID());

    private void open() {
        connections.open(VM, id, TARGET, LONG);
        assertThat(cluster.asked.getFirst().args().subList(0, 3)).containsExactly(VM, id, TARGET);
        cluster.asked.clear();
    }

    @Test
    void itIsReadWrittenEndedAndForgotten() throws Exception {
        open();
        cluster.work = call -> new TcpInput(new byte[] {1, (byte) 255}, false);
        assertThat(connections.read(VM, id, 7, 100, LONG).bytes()).containsExactly(1, 255);
        cluster.work = call -> TcpInput.end();
        assertThat(connections.read(VM, id, 9, 100, LONG).isEnd()).isTrue();
        cluster.work = call -> 6L;
        assertThat(connections.write(VM, id, 5, new byte[] {2}, LONG)).isEqualTo(6);
        cluster.work = call -> true;
        assertThat(connections.endOutput(VM, id, LONG)).isTrue();
        cluster.work = call -> null;
        connections.keep(VM, id);
        connections.forget(VM, id);

        assertThat(cluster.asked)
                .extracting(OneNodesGuests.Asked::method)
                .containsExactly("read", "read", "write", "endOutput", "keep", "forget");
        assertThat(cluster.asked.getFirst().args().subList(0, 4)).containsExactly(VM, id, 7L, 100);
        assertThat(cluster.asked.get(2).args().subList(0, 4)).containsExactly(VM, id, 5L, new byte[] {2});
    }

    @Test
    void aVmHasAsManyAsTheSettingSaysOfAllServersTogether() throws Exception {
        RemoteTcpConnections other = new RemoteTcpConnections(cluster.calls, PER_VM);
        open();
        for (int i = 1; i < PER_VM; i++) {
            (i % 2 == 0 ? connections : other).open(VM, new ForwardId(UUID.randomUUID()), TARGET, LONG);
        }
        isOneTooMany();

        // The guest has not taken all of it.
        CountDownLatch taken = new CountDownLatch(1);
        CountDownLatch closing = new CountDownLatch(1);
        cluster.work = call -> {
            if (call.method().equals("forget")) {
                closing.countDown();
                awaitUninterruptibly(taken);
            }
            return null;
        };
        Thread forgetting = Thread.startVirtualThread(() -> connections.forget(VM, id));
        closing.await();
        isOneTooMany();
        assertThat(catchThrowableOfType(BellhopException.class, () -> connections.read(VM, id, 0, 100, LONG))
                        .code())
                .isEqualTo(ErrorCode.NOT_FOUND);
        assertThat(forgetting.isAlive()).isTrue();

        taken.countDown();
        forgetting.join();
        other.open(VM, id, TARGET, LONG);
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private void isOneTooMany() {
        BellhopException got = catchThrowableOfType(
                BellhopException.class, () -> connections.open(VM, new ForwardId(UUID.randomUUID()), TARGET, LONG));
        assertThat(got.code()).isEqualTo(ErrorCode.TOO_MANY_EXECUTIONS);
    }

    @Test
    void theGuestsReasonComesFromItsNode() {
        cluster.work = call -> {
            throw new BellhopException(ErrorCode.GUEST_REFUSED, "Cannot connect: refused");
        };
        BellhopException got =
                catchThrowableOfType(BellhopException.class, () -> connections.open(VM, id, TARGET, LONG));
        assertThat(got.code()).isEqualTo(ErrorCode.GUEST_REFUSED);
        assertThat(got).hasMessage("Cannot connect: refused");
    }

    @Test
    void whatIsNotOpenIsNotFound() {
        BellhopException got =
                catchThrowableOfType(BellhopException.class, () -> connections.read(VM, id, 0, 100, LONG));
        assertThat(got.code()).isEqualTo(ErrorCode.NOT_FOUND);
        assertThat(cluster.asked).isEmpty();
    }

    @Test
    void aNodeThatIsDrainedMakesNoNewOne() {
        cluster.drain();
        BellhopException got =
                catchThrowableOfType(BellhopException.class, () -> connections.open(VM, id, TARGET, LONG));
        assertThat(got.code()).isEqualTo(ErrorCode.AGENT_UNAVAILABLE);
        assertThat(cluster.asked).isEmpty();
    }

    @Test
    void theNodeForgetsThoseOfAVmThatHasLeft() {
        open();
        cluster.connections.letGo(VM);
        assertThat(cluster.asked).extracting(OneNodesGuests.Asked::method).containsExactly("letGo");
        BellhopException got =
                catchThrowableOfType(BellhopException.class, () -> connections.read(VM, id, 0, 100, LONG));
        assertThat(got.code()).isEqualTo(ErrorCode.NOT_FOUND);
    }
}
