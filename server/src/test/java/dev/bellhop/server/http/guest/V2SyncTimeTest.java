// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.guest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.app.SettableClock;
import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.testkit.FakeAgent;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A guest whose clock is a test's. */
class V2SyncTimeTest {
    private static final String PATH = "/api/v2/vps/1/actions/sync-time";
    private static final Instant NOW = Instant.parse("2026-03-01T00:00:00Z");

    @TempDir
    private Path folder;

    private final AtomicReference<Instant> guest = new AtomicReference<>(NOW.minusMillis(3_600_251));
    private FakeAgent agent;
    private TestServer server;

    @BeforeEach
    void start() {
        agent = FakeAgent.start(folder.resolve("a.sock"));
        agent.on("guest-get-time", (request, wire) -> wire.reply(Long.toString(nanos(guest.get()))));
        agent.on("guest-set-time", (request, wire) -> {
            set(request);
            wire.reply("{}");
        });
        server = TestServer.in(folder)
                .vm(1, agent.socket())
                .clock(new SettableClock(NOW))
                .start();
    }

    @AfterEach
    void stop() {
        server.close();
        agent.close();
    }

    private static long nanos(Instant time) {
        return Duration.between(Instant.EPOCH, time).toNanos();
    }

    private void set(FakeAgent.Request request) {
        String time = request.arguments().replaceAll("\\D", "");
        guest.set(time.isEmpty() ? NOW.plusMillis(1500) : Instant.EPOCH.plusNanos(Long.parseLong(time)));
    }

    private TestAnswer sync(String body) {
        return server.admin().post(PATH, body);
    }

    @Test
    void theGuestGetsTheTimeOfTheHost() {
        TestAnswer answer = sync("");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.text())
                .isEqualTo("{\"source\":\"host\",\"differenceBeforeSeconds\":-3600.251,\"differenceAfterSeconds\":0.0,"
                        + "\"hardwareSet\":true}");
        assertThat(guest.get()).isEqualTo(NOW);
    }

    @Test
    void theGuestTakesTheTimeOfItsHardware() {
        assertThat(sync("{\"source\": \"hardware\"}").text())
                .isEqualTo("{\"source\":\"hardware\",\"differenceBeforeSeconds\":-3600.251,"
                        + "\"differenceAfterSeconds\":1.5}");
    }

    @Test
    void aGuestThatDoesNotTellItsTimeIsSetAllTheSame() {
        agent.on(
                "guest-get-time",
                (request, wire) -> wire.error("CommandNotFound", "The command guest-get-time has not been found"));

        assertThat(sync("{}").text()).isEqualTo("{\"source\":\"host\",\"hardwareSet\":true}");
        assertThat(guest.get()).isEqualTo(NOW);
    }

    /** The agent sets the guest's clock first, and says only that something has failed. */
    @Test
    void aClockOfHardwareThatCannotBeSetIsSaid() {
        agent.on("guest-set-time", (request, wire) -> {
            set(request);
            wire.error("GenericError", "hwclock failed to set hardware clock to system time");
        });

        assertThat(sync("").text()).contains("\"differenceAfterSeconds\":0.0,\"hardwareSet\":false");
    }

    @Test
    void aClockThatIsNotSetIsNoSuccess() {
        agent.on("guest-set-time", (request, wire) -> wire.error("GenericError", "mark-of-a-guest"));

        TestAnswer refused = sync("");
        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.json().path("code").asString()).isEqualTo("guest_refused");
        assertThat(refused.message()).contains("hwclock").doesNotContain("mark-of-a-guest");
        assertThat(sync("{\"source\": \"hardware\"}").status()).isEqualTo(409);
    }

    @Test
    void anAgentThatLacksTheCallIsNamed() {
        agent.on(
                "guest-set-time",
                (request, wire) -> wire.error("CommandNotFound", "Command guest-set-time has been disabled"));

        assertThat(sync("").message()).contains("told not to allow guest-set-time");
        assertThat(sync("{\"source\": \"ntp\"}").status()).isEqualTo(400);
    }

    @Test
    void whatAGuestTellsOfItselfHasItsClockItsProcessorsAndItsMemory() {
        agent.on("guest-info", (request, wire) -> wire.reply("{\"version\": \"10.0.0\", \"supported_commands\": []}"));
        agent.on(
                "guest-get-vcpus",
                (request, wire) -> wire.reply("[{\"logical-id\": 0, \"online\": true, \"can-offline\": false},"
                        + " {\"logical-id\": 1, \"online\": false}, {\"logical-id\": 2}]"));
        agent.on(
                "guest-get-memory-blocks",
                (request, wire) ->
                        wire.reply("[{\"phys-index\": 0, \"online\": true}, {\"phys-index\": 1, \"online\": false}]"));
        agent.on("guest-get-memory-block-info", (request, wire) -> wire.reply("{\"size\": 134217728}"));

        TestAnswer told = server.admin().get("/api/v2/vps/1/agent");

        assertThat(told.json().path("processors").toString()).isEqualTo("{\"total\":3,\"online\":2}");
        assertThat(told.json().path("memory").toString())
                .isEqualTo("{\"blockBytes\":134217728,\"totalBlocks\":2,\"onlineBlocks\":1}");
        assertThat(told.json().path("clockDifferenceSeconds").asDouble()).isEqualTo(-3600.251);
    }
}
