// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.terminal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.bellhop.server.access.Key;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.limit.FairLimit;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.vm.VmId;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Terminals in a server with memory for two of one key. */
@Timeout(60)
class TerminalsTest {
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final VmId VM = new VmId(1);
    private static final PtySpec SPEC = new PtySpec(new WindowSize(80, 24), "root", null, Map.of(), List.of("sh"));
    private static final Key KEY = new Key(
            "0123456789ab",
            "test",
            Tenant.operator(),
            Set.of(),
            null,
            null,
            Instant.EPOCH,
            null,
            null,
            1,
            null,
            Map.of());

    private final FairLimit memory = new FairLimit(4 * Terminal.BYTES);
    private volatile boolean cannotOpen;
    private final Terminals terminals = terminals(Terminals.Recordings.NONE);

    private Terminals terminals(Terminals.Recordings recordings) {
        return new Terminals(
                new HangUpPtys(),
                TerminalSettings.defaults(),
                (key, vm) -> true,
                recordings,
                new Terminals.Memory(memory, new FairLimit(0)),
                Clock.systemUTC());
    }

    /** Prints nothing; a terminal ends when it is hung up. */
    private final class HangUpPtys implements Ptys {
        private final Set<TerminalId> ended = ConcurrentHashMap.newKeySet();

        @Override
        public Optional<PtyWay> open(VmId vm, TerminalId id, PtySpec spec, Duration timeout) {
            if (cannotOpen) {
                throw new BellhopException(ErrorCode.AGENT_UNAVAILABLE, "Cannot open this because the test says so");
            }
            return Optional.empty();
        }

        @Override
        public synchronized PtyOutput read(VmId vm, TerminalId id, long offset, int limit, Duration longest)
                throws InterruptedException {
            while (!ended.contains(id)) {
                wait();
            }
            return PtyOutput.ended(PtyEnd.LOST);
        }

        @Override
        public void write(VmId vm, TerminalId id, long offset, byte[] bytes, Duration timeout) {}

        @Override
        public void resize(VmId vm, TerminalId id, WindowSize size) {}

        @Override
        public synchronized void hangUp(VmId vm, TerminalId id) {
            ended.add(id);
            notifyAll();
        }

        @Override
        public void forget(VmId vm, TerminalId id) {}
    }

    @AfterEach
    void close() {
        terminals.close();
    }

    private Terminal open() {
        return terminals.open(VM, KEY, SPEC, LONG);
    }

    @Test
    void oneMoreThanThereIsMemoryForIsRefused() throws Exception {
        Terminal first = open();
        open();
        assertThatThrownBy(this::open)
                .isInstanceOfSatisfying(
                        BellhopException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.OVERLOADED))
                .hasMessageContaining("close some");

        terminals.hangUp(first, LONG);
        assertThat(open().end()).isNull();
    }

    @Test
    void recordingThatStillWaitsToBeStoredKeepsItsMemory() throws Exception {
        long bytes = Terminal.BYTES / 2;
        List<FairLimit.Holding> recorded = new ArrayList<>();
        Terminals.Recordings recordings = new Terminals.Recordings() {
            @Override
            public long bytesOfEach() {
                return bytes;
            }

            @Override
            public TerminalRecorder begin(TerminalInfo info, PtySpec spec, FairLimit.Holding taken) {
                recorded.add(taken);
                return TerminalRecorder.NONE;
            }
        };
        try (Terminals all = terminals(recordings)) {
            Terminal terminal = all.open(VM, KEY, SPEC, LONG);
            assertThat(memory.held()).isEqualTo(Terminal.BYTES + bytes);
            all.hangUp(terminal, LONG);
            assertThat(terminal.forgetOutput()).isTrue();
            await().untilAsserted(() -> assertThat(memory.held()).isEqualTo(bytes));
            recorded.getFirst().close();
            assertThat(memory.held()).isZero();
        }
    }

    @Test
    void terminalThatCannotBeOpenedGivesItsMemoryBack() {
        cannotOpen = true;
        assertThatThrownBy(this::open).hasMessageContaining("the test says so");
        await().untilAsserted(() -> assertThat(memory.held()).isZero());
    }

    /** They still say how they ended. */
    @Test
    void thoseThatEndedMakeRoomForOneThatIsOpened() throws Exception {
        Terminal first = open();
        terminals.hangUp(first, LONG);
        for (int i = 0; i < 100; i++) {
            terminals.hangUp(open(), LONG);
        }
        assertThat(terminals.find(first.info().id()).orElseThrow().end()).isNotNull();
        assertThat(memory.held()).isLessThanOrEqualTo(2 * Terminal.BYTES);
    }
}
