// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.recording;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.api.Json;
import dev.bellhop.server.audit.MemoryAuditStore;
import dev.bellhop.server.digest.Digests;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.limit.FairLimit;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.tenant.TenantFilter;
import dev.bellhop.server.terminal.EndReason;
import dev.bellhop.server.terminal.PtyEnd;
import dev.bellhop.server.terminal.PtySpec;
import dev.bellhop.server.terminal.TerminalEnd;
import dev.bellhop.server.terminal.TerminalId;
import dev.bellhop.server.terminal.TerminalInfo;
import dev.bellhop.server.terminal.WindowSize;
import dev.bellhop.server.vm.VmId;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

@Timeout(60)
class RecordingsTest {
    private static final Instant NOW = Instant.parse("2026-01-31T09:30:00.123Z");
    private static final Clock CLOCK = Clock.fixed(NOW, ZoneOffset.UTC);
    private static final TerminalId ID = RecordingStoreContract.id(1);
    private static final VmId VM = new VmId(7);
    private static final TerminalInfo INFO = new TerminalInfo(
            ID, VM, Tenant.operator(), "0123456789ab", "0123456789ab", Map.of("team", "a"), "root", NOW);
    private static final PtySpec SPEC = new PtySpec(
            new WindowSize(100, 30), "root", null, Map.of("TERM", "xterm-256color", "TOKEN", "hush"), List.of("top"));
    private static final TerminalEnd EXITED = new TerminalEnd(EndReason.EXITED, new PtyEnd(7, null), NOW);

    private final MemoryRecordingStore store = new MemoryRecordingStore(new MemoryAuditStore());
    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();

    private final FairLimit open = new FairLimit(8 * RecordedTerminal.BYTES);
    private final FairLimit more = new FairLimit(4 << 20);

    private Recordings recordings(RecordingSettings settings) {
        return new Recordings(store, settings, more, CLOCK, metrics);
    }

    private FairLimit.Holding memory() {
        FairLimit.Holding memory = open.newHolding("0123456789ab");
        assertThat(memory.grow(RecordedTerminal.BYTES)).isTrue();
        return memory;
    }

    private static RecordingSettings settings(boolean input, long maxBytes) {
        return new RecordingSettings(true, input, maxBytes, Duration.ofDays(1), 1 << 30);
    }

    private RecordedTerminal begin(RecordingSettings settings) {
        return recordings(settings).begin(INFO, SPEC, memory()).orElseThrow();
    }

    private String stored() {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] piece = store.read(ID, 0); piece.length > 0; piece = store.read(ID, all.size())) {
            all.writeBytes(piece);
        }
        return all.toString(StandardCharsets.UTF_8);
    }

    private List<JsonNode> lines() {
        return stored().lines().map(line -> Json.mapper().readTree(line)).toList();
    }

    private String text(String code) {
        StringBuilder text = new StringBuilder();
        lines().stream()
                .skip(1)
                .filter(event -> event.path(1).asString().equals(code))
                .forEach(event -> text.append(event.path(2).asString()));
        return text.toString();
    }

    private Recording.End end() {
        return Objects.requireNonNull(store.find(ID).orElseThrow().end());
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void itIsAnAsciicastOfWhatWasPrintedAndHasNoSecretOfTheCommand() {
        RecordedTerminal terminal = begin(settings(false, 1 << 20));
        terminal.printed(bytes("one\r\n\u001b[1m"));
        terminal.typed(bytes("hunter2\r"));
        terminal.resized(new WindowSize(90, 20));
        terminal.printed(bytes("two"));
        terminal.ended(EXITED);
        List<JsonNode> lines = lines();
        assertThat(lines.getFirst())
                .isEqualTo(Json.mapper()
                        .readTree(
                                "{\"version\": 3, \"term\": {\"cols\": 100, \"rows\": 30, \"type\": \"xterm-256color\"},"
                                        + " \"timestamp\": " + NOW.getEpochSecond() + ", \"title\": \"Terminal " + ID
                                        + " in VM 7\"}"));
        assertThat(lines.stream()
                        .skip(1)
                        .map(event -> event.path(1).asString() + event.path(2).asString()))
                .containsExactly("oone\r\n\u001b[1m", "r90x20", "otwo", "x7");
        assertThat(lines.stream().skip(1))
                .allSatisfy(event -> assertThat(event.path(0).asDouble()).isNotNegative());
        assertThat(stored()).doesNotContain("hush", "hunter2", "top");
        assertThat(end()).isEqualTo(new Recording.End(NOW, true, HexFormat.of().formatHex(Digests.sha256(stored()))));
        assertThat(store.find(ID).orElseThrow().bytes()).isEqualTo(stored().length());
        assertThat(metrics.counter("bellhop.recordings.stored").count()).isEqualTo(stored().length());
    }

    /** As where this one could not reach the database for long. */
    @Test
    void oneThatAnotherServerHasEndedIsNotComplete() {
        RecordedTerminal terminal = begin(settings(false, 1 << 20));
        store.end(store.find(ID).orElseThrow().ended(0, new Recording.End(NOW, false, "0".repeat(64))))
                .join();
        terminal.printed(bytes("late"));
        terminal.ended(EXITED);
        assertThat(Objects.requireNonNull(terminal.end()).complete()).isFalse();
        assertThat(stored()).doesNotContain("late");
    }

    @Test
    void whatIsTypedIsThereWhereTheOperatorWantsIt() {
        RecordedTerminal terminal = begin(settings(true, 1 << 20));
        terminal.typed(bytes("ls\r"));
        terminal.printed(bytes("ls\r\n"));
        terminal.ended(EXITED);
        assertThat(text("i")).isEqualTo("ls\r");
        assertThat(store.find(ID).orElseThrow().input()).isTrue();
    }

    @Test
    void charactersThatAreCutAreJoinedAndWhatIsNoneIsReplaced() {
        RecordedTerminal terminal = begin(settings(false, 1 << 20));
        byte[] text = bytes("grüße 🙂 ");
        for (byte each : text) {
            terminal.printed(new byte[] {each});
        }
        terminal.printed(new byte[] {(byte) 0xFF, 'a', (byte) 0xC3});
        terminal.printed(new byte[] {'b', (byte) 0xF0, (byte) 0x9F});
        terminal.ended(EXITED);
        assertThat(text("o")).isEqualTo("grüße 🙂 \uFFFDa\uFFFDb\uFFFD");
    }

    @Test
    void whatIsTooLongIsCutAndSaysSo() {
        RecordedTerminal terminal = begin(settings(false, 64 << 10));
        for (int i = 0; i < 100; i++) {
            terminal.printed(new byte[1 << 10]);
        }
        terminal.ended(EXITED);
        assertThat(stored()).hasSizeLessThan(65 << 10);
        assertThat(text("m")).contains("as long as one may be");
        assertThat(text("x")).isEqualTo("7");
        assertThat(end().complete()).isFalse();
    }

    @Test
    void whatIsPrintedIsStoredWhileTheTerminalGoesOn() {
        RecordedTerminal terminal = begin(settings(false, 1 << 20));
        terminal.printed(bytes("so far"));
        Awaitility.await().untilAsserted(() -> assertThat(text("o")).isEqualTo("so far"));
        assertThat(store.find(ID).orElseThrow().end()).isNull();
        terminal.ended(EXITED);
    }

    @Test
    void aStoreThatIsAwayIsWaitedForAndNothingIsMissingThen() {
        RecordedTerminal terminal = begin(settings(false, 1 << 20));
        store.fails = true;
        terminal.printed(bytes("while it is away"));
        terminal.ended(EXITED);
        assertThat(text("o")).isEmpty();
        store.fails = false;
        Awaitility.await()
                .untilAsserted(
                        () -> assertThat(store.find(ID).orElseThrow().end()).isNotNull());
        assertThat(text("o")).isEqualTo("while it is away");
        assertThat(end().complete()).isTrue();
    }

    @Test
    void whereTheStoreIsAwayForTooLongTheTerminalGoesOnAndTheRecordingSaysWhatIsMissing() {
        RecordedTerminal terminal = begin(settings(false, 1 << 30));
        store.fails = true;
        byte[] much = bytes("x".repeat(64 << 10));
        for (int i = 0; i < 40; i++) {
            terminal.printed(much);
        }
        store.fails = false;
        Awaitility.await().until(() -> {
            terminal.printed(bytes("."));
            return text("m").contains("is missing");
        });
        terminal.printed(bytes("after"));
        terminal.ended(EXITED);
        assertThat(text("o")).endsWith("after").hasSizeBetween(900 << 10, 2 << 20);
        assertThat(end().complete()).isFalse();
        assertThat(end().sha256()).isEqualTo(HexFormat.of().formatHex(Digests.sha256(stored())));
    }

    @Test
    void recordingThatWaitsForItsStoreTakesMemoryAndGivesItBack() {
        RecordedTerminal terminal = begin(settings(false, 1 << 30));
        store.fails = true;
        for (int i = 0; i < 4; i++) {
            terminal.printed(new byte[32 << 10]);
        }
        assertThat(open.held()).isEqualTo(RecordedTerminal.BYTES);
        // Each zero byte is six characters of JSON.
        assertThat(more.held()).isBetween(512L << 10, 1L << 20);
        store.fails = false;
        Awaitility.await().untilAsserted(() -> assertThat(more.held()).isZero());
        assertThat(open.held()).isEqualTo(RecordedTerminal.BYTES);
        terminal.ended(EXITED);
        Awaitility.await().untilAsserted(() -> assertThat(open.held()).isZero());
    }

    @Test
    void recordingWithoutMoreMemoryKeepsTheBeginningAndSaysWhatIsMissing() {
        assertThat(more.take("0123456789ab", 2 << 20)).isTrue();
        RecordedTerminal terminal = begin(settings(false, 1 << 20));
        store.fails = true;
        String text = "x".repeat(16 << 10);
        for (int i = 0; i < 64; i++) {
            terminal.printed(bytes(text));
        }
        store.fails = false;
        terminal.ended(EXITED);
        Awaitility.await()
                .untilAsserted(
                        () -> assertThat(store.find(ID).orElseThrow().end()).isNotNull());
        assertThat(text("o")).hasSizeBetween(128 << 10, 170 << 10);
        assertThat(text("m")).contains("is missing");
        assertThat(end().complete()).isFalse();
    }

    @Test
    void longOutputBecomesSeveralEventsAndNoCharacterIsCut() {
        RecordedTerminal terminal = begin(settings(false, 1 << 20));
        String text = "x" + "🙂".repeat(8_000);
        terminal.printed(bytes(text));
        terminal.ended(EXITED);
        assertThat(text("o")).isEqualTo(text);
        assertThat(lines().stream().skip(1))
                .hasSizeGreaterThan(3)
                .allSatisfy(event -> assertThat(event.path(2).asString())
                        .hasSizeLessThanOrEqualTo(4096)
                        .doesNotContain("\uFFFD"));
    }

    @Test
    void whatCannotBeStoredIsNotBegun() {
        store.fails = true;
        assertThatThrownBy(() -> begin(RecordingSettings.defaults())).isInstanceOf(BellhopException.class);
        assertThat(open.held()).isZero();
    }

    @Test
    void noneIsMadeWhereTheOperatorWantsNone() {
        RecordingSettings none = new RecordingSettings(false, false, 1 << 20, Duration.ofDays(1), 1 << 20);
        assertThat(recordings(none).begin(INFO, SPEC, memory())).isEmpty();
        assertThat(recordings(none).bytesOfEach()).isZero();
        assertThat(open.held()).isZero();
        assertThat(store.list(TenantFilter.all(), null, null, 9)).isEmpty();
    }

    @Test
    void oneOfATerminalThatWasNotOpenedIsForgotten() {
        Recordings all = recordings(RecordingSettings.defaults());
        var _ = all.begin(INFO, SPEC, memory());
        all.discard(ID);
        assertThat(store.find(ID)).isEmpty();
        assertThat(open.held()).isZero();
    }

    @Test
    void whatIsOldAndWhatIsTooMuchIsDeleted() {
        Recordings all = recordings(new RecordingSettings(true, false, 1 << 20, Duration.ofDays(1), 10));
        for (int number = 1; number <= 4; number++) {
            Recording begun = RecordingStoreContract.recording(number, VM, Tenant.operator());
            Instant end = NOW.minus(Duration.ofHours(number == 4 ? 25 : 1));
            store.begin(begun).join();
            store.end(begun.ended(4, new Recording.End(end, true, "ab".repeat(32))))
                    .join();
        }
        assertThat(all.deleteOld()).isEqualTo(2);
        assertThat(store.list(TenantFilter.all(), null, null, 9))
                .extracting(Recording::id)
                .containsExactly(RecordingStoreContract.id(3), RecordingStoreContract.id(2));
    }

    @Test
    void theNextServerEndsWhatOneLeftThatWasKilled() {
        store.begin(RecordingStoreContract.recording(1, VM, Tenant.operator())).join();
        store.append(ID, 0, bytes("{}\n"), NOW).join();
        store.append(ID, 3, bytes("[0.000,\"o\",\"x\"]\n"), NOW).join();
        Recordings next = recordings(RecordingSettings.defaults());
        assertThat(next.endAbandoned(false)).isZero();
        assertThat(next.endAbandoned(true)).isEqualTo(1);
        assertThat(end()).isEqualTo(new Recording.End(NOW, false, HexFormat.of().formatHex(Digests.sha256(stored()))));
        assertThat(metrics.counter("bellhop.recordings.incomplete").count()).isEqualTo(1);
        assertThat(next.endAbandoned(true)).isZero();
    }

    @Test
    void aKindOfTerminalThatIsNoneIsNotWritten() {
        PtySpec odd = new PtySpec(new WindowSize(80, 24), "root", null, Map.of("TERM", "a b\n"), List.of());
        RecordedTerminal terminal = recordings(RecordingSettings.defaults())
                .begin(INFO, odd, memory())
                .orElseThrow();
        terminal.ended(new TerminalEnd(EndReason.LOST, PtyEnd.LOST, NOW));
        assertThat(lines().getFirst().path("term").has("type")).isFalse();
        assertThat(lines()).hasSize(1);
        assertThat(end().complete()).isTrue();
    }
}
