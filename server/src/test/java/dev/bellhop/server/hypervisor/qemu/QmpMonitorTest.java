// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.qemu;

import static dev.bellhop.server.hypervisor.qemu.FakeMonitor.EMPTY;
import static dev.bellhop.server.hypervisor.qemu.FakeMonitor.GREETING;
import static dev.bellhop.server.hypervisor.qemu.FakeMonitor.status;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.hypervisor.qemu.QmpMonitor.Status;
import dev.bellhop.server.vm.PowerState;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

@Timeout(60)
class QmpMonitorTest {
    private static final String EVENT =
            "{\"timestamp\": {\"seconds\": 1, \"microseconds\": 2}, \"event\": \"RESUME\"}\r\n";

    @TempDir
    private Path folder;

    private FakeMonitor monitor;

    @BeforeEach
    void start() {
        monitor = FakeMonitor.start(folder.resolve("m.sock"));
    }

    @AfterEach
    void stop() {
        monitor.close();
    }

    private PowerState power(Duration timeout) {
        return power(monitor.socket(), timeout);
    }

    private static PowerState power(Path socket, Duration timeout) {
        return QmpMonitor.status(socket, Deadline.after(timeout)) instanceof Status.Told(PowerState power)
                ? power
                : PowerState.UNKNOWN;
    }

    private static Status ask(Path socket) {
        return QmpMonitor.status(socket, Deadline.after(Duration.ofSeconds(30)));
    }

    private PowerState power() {
        return power(Duration.ofSeconds(30));
    }

    /** Every value of QEMU 10's RunState, and one that it does not have yet. */
    @ParameterizedTest
    @CsvSource({
        "debug, PAUSED",
        "inmigrate, STARTING",
        "internal-error, PAUSED",
        "io-error, PAUSED",
        "paused, PAUSED",
        "postmigrate, PAUSED",
        "prelaunch, PAUSED",
        "finish-migrate, PAUSED",
        "restore-vm, PAUSED",
        "running, RUNNING",
        "save-vm, PAUSED",
        "shutdown, STOPPED",
        "suspended, PAUSED",
        "watchdog, PAUSED",
        "guest-panicked, PAUSED",
        "colo, PAUSED",
        "daydreaming, UNKNOWN"
    })
    void whatQemuSaysIsUnderstood(String runState, PowerState power) {
        monitor.state(runState);

        assertThat(power()).isEqualTo(power);
    }

    @Test
    void eventsInBetweenAreSkipped() {
        monitor.says(GREETING + EVENT + EMPTY + EVENT + EVENT + status("paused") + EVENT);

        assertThat(power()).isEqualTo(PowerState.PAUSED);
    }

    @Test
    void anEventThatHasAStatusIsNoAnswer() {
        monitor.says(GREETING + EMPTY
                + "{\"event\": \"STOP\", \"status\": \"paused\", \"data\": {\"status\": \"paused\"}}\r\n"
                + status("running"));

        assertThat(power()).isEqualTo(PowerState.RUNNING);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "garbage\r\n",
                "{\"return\": {\"status\": 5}}\r\n[]\r\nnull\r\n\"x\"\r\n{]\r\n",
                "\u0000\u0001\u0002\n",
                "<html>\n"
            })
    void garbageIsUnknown(String garbage) {
        monitor.says(garbage);

        assertThat(power(Duration.ofMillis(300))).isEqualTo(PowerState.UNKNOWN);
    }

    @Test
    void deepNestingIsUnknown() {
        monitor.says("[".repeat(30_000) + "]".repeat(30_000) + "\n");

        assertThat(power(Duration.ofMillis(300))).isEqualTo(PowerState.UNKNOWN);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "{\"QMP\": {\"ver", "{\"QMP\": {}}\r\n{\"return\": {}}\r\n{\"return\": {\"status\": \"run"})
    void whatNeverEndsIsUnknownAtTheDeadline(String half) {
        monitor.says(half);
        long begin = System.nanoTime();

        assertThat(power(Duration.ofMillis(200))).isEqualTo(PowerState.UNKNOWN);
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(20));
    }

    @Test
    void anErrorInPlaceOfTheAnswerIsUnknown() {
        monitor.says(GREETING + "{\"error\": {\"class\": \"CommandNotFound\", \"desc\": \"no\"}}\r\n"
                + "{\"error\": {\"class\": \"CommandNotFound\", \"desc\": \"no\"}}\r\n");

        assertThat(power(Duration.ofMillis(300))).isEqualTo(PowerState.UNKNOWN);
    }

    @Test
    void eachCommandHasItsOwnAnswer() throws Exception {
        monitor.says(GREETING + EVENT + EMPTY + status("running") + EVENT + "{\"return\": [{\"label\": \"c0\"}]}\r\n");

        List<JsonNode> answers = QmpMonitor.execute(
                monitor.socket(), Deadline.after(Duration.ofSeconds(30)), "query-status", "query-chardev");
        assertThat(answers).hasSize(2);
        assertThat(answers.getFirst().path("status").asString()).isEqualTo("running");
        assertThat(answers.getLast().path(0).path("label").asString()).isEqualTo("c0");
    }

    @Test
    void whatTheMonitorRefusesIsToldInItsWords() {
        monitor.says(GREETING + EMPTY + "{\"error\": {\"class\": \"GenericError\", \"desc\": \"not now\"}}\r\n");

        assertThatThrownBy(() ->
                        QmpMonitor.execute(monitor.socket(), Deadline.after(Duration.ofSeconds(30)), "system_reset"))
                .isInstanceOf(QmpTalk.RefusedException.class)
                .hasMessage("not now");
    }

    @Test
    void aMonitorThatNeverStopsTalkingIsCutOff() {
        monitor.says(EVENT.repeat(20_000));

        assertThat(power()).isEqualTo(PowerState.UNKNOWN);
    }

    @Test
    void aDeadlineThatHasPassedIsUnknown() {
        monitor.says(GREETING);

        assertThat(power(Duration.ZERO)).isEqualTo(PowerState.UNKNOWN);
    }

    @Test
    void withoutASocketNobodyIsThere() {
        monitor.end();

        assertThat(ask(monitor.socket())).isInstanceOf(Status.Nobody.class);
    }

    @Test
    void norAtASocketThatNobodyListensOn() throws Exception {
        Path left = folder.resolve("left.sock");
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(left));
        }
        assertThat(left).exists();
        assertThat(ask(left)).isInstanceOf(Status.Nobody.class);
    }

    @Test
    void norAtAFileThatIsNoSocket() throws Exception {
        Path file = Files.createFile(folder.resolve("file"));

        assertThat(ask(file)).isInstanceOf(Status.Nobody.class);
    }

    /** A QEMU that hangs lets nobody in, and at some time the queue before its door is full. */
    @Test
    void aMonitorThatLetsNobodyInIsUnknownAtTheDeadline() throws Exception {
        Path socket = folder.resolve("full.sock");
        List<SocketChannel> waiting = new ArrayList<>();
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(socket), 1);
            fill(socket, waiting);
            assertThat(power(socket, Duration.ofMillis(300))).isEqualTo(PowerState.UNKNOWN);
            CompletableFuture<PowerState> onVirtualThread = new CompletableFuture<>();
            Thread.startVirtualThread(() -> onVirtualThread.complete(power(socket, Duration.ofMillis(300))));
            assertThat(onVirtualThread.join()).isEqualTo(PowerState.UNKNOWN);
        } finally {
            for (SocketChannel channel : waiting) {
                channel.close();
            }
        }
    }

    private static void fill(Path socket, List<SocketChannel> waiting) throws IOException {
        for (int i = 0; i < 20; i++) {
            SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
            channel.configureBlocking(false);
            waiting.add(channel);
            try {
                channel.connect(UnixDomainSocketAddress.of(socket));
            } catch (IOException e) {
                return; // Full.
            }
        }
    }
}
