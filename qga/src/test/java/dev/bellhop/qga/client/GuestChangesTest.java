// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga.client;

import static dev.bellhop.qga.client.Soon.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.qga.AgentProtocolException;
import dev.bellhop.qga.GuestAgentOptions;
import dev.bellhop.qga.GuestCount;
import dev.bellhop.qga.ShutdownMode;
import dev.bellhop.testkit.FakeAgent;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is asked of a guest's users and its clock, on the wire. */
class GuestChangesTest {
    @TempDir
    private Path folder;

    private FakeAgent fake;
    private AgentClient agent;

    @BeforeEach
    void start() {
        fake = FakeAgent.start(folder.resolve("a.sock"));
        agent = AgentClient.onUnixSocket(fake.socket(), GuestAgentOptions.defaults());
    }

    @AfterEach
    void end() {
        agent.close();
        fake.close();
    }

    private String sent(String command) {
        return fake.requests().stream()
                .filter(request -> request.command().equals(command))
                .map(FakeAgent.Request::arguments)
                .findFirst()
                .orElseThrow();
    }

    private void answers(String command, String json) {
        fake.on(command, (request, wire) -> wire.reply(json));
    }

    @Test
    void aPasswordGoesInBase64() throws Exception {
        answers("guest-set-user-password", "{}");

        agent.setUserPassword("ann", "pässword".getBytes(StandardCharsets.UTF_8), true, soon());

        assertThat(sent("guest-set-user-password"))
                .isEqualTo("{\"username\":\"ann\",\"password\":\"cMOkc3N3b3Jk\",\"crypted\":true}");
    }

    @Test
    void keysAreLines() throws Exception {
        answers("guest-ssh-get-authorized-keys", "{\"keys\": [\"ssh-rsa AAAA a\", \"" + "x".repeat(20_000) + "\"]}");
        answers("guest-ssh-add-authorized-keys", "{}");
        answers("guest-ssh-remove-authorized-keys", "{}");

        assertThat(agent.authorizedKeys("ann", soon()).items()).containsExactly("ssh-rsa AAAA a");
        assertThat(agent.authorizedKeys("ann", soon()).cut()).isTrue();
        agent.addAuthorizedKeys("ann", List.of("one", "two"), soon());
        agent.removeAuthorizedKeys("ann", List.of("one"), soon());

        assertThat(sent("guest-ssh-add-authorized-keys"))
                .isEqualTo("{\"username\":\"ann\",\"keys\":[\"one\",\"two\"]}");
        assertThat(sent("guest-ssh-remove-authorized-keys")).isEqualTo("{\"username\":\"ann\",\"keys\":[\"one\"]}");
    }

    @Test
    void timesAreNanoseconds() throws Exception {
        answers("guest-get-time", "1767225600123456789");
        answers("guest-set-time", "{}");
        Instant time = Instant.parse("2026-01-01T00:00:00.123456789Z");

        assertThat(agent.time(soon())).isEqualTo(time);
        agent.setTime(time, soon());
        assertThat(sent("guest-set-time")).isEqualTo("{\"time\":1767225600123456789}");
    }

    @Test
    void theTimeOfTheHardwareIsTakenWithoutAnother() throws Exception {
        answers("guest-set-time", "{}");

        agent.setTimeFromHardware(soon());

        assertThat(sent("guest-set-time")).isEqualTo("{}");
    }

    @Test
    void whatIsOnlineIsCounted() throws Exception {
        answers("guest-get-vcpus", "[{\"logical-id\": 0, \"online\": true}, {\"logical-id\": 1, \"online\": false}]");
        answers("guest-get-memory-blocks", "[]");
        answers("guest-get-memory-block-info", "{\"size\": 134217728}");

        assertThat(agent.processors(soon())).isEqualTo(new GuestCount(2, 1));
        assertThat(agent.memoryBlocks(soon())).isEqualTo(new GuestCount(0, 0));
        assertThat(agent.memoryBlockBytes(soon())).isEqualTo(134_217_728);
    }

    @ParameterizedTest
    @CsvSource({"POWERDOWN, powerdown", "HALT, halt", "REBOOT, reboot"})
    void aShutdownHasAMode(ShutdownMode mode, String wire) throws Exception {
        answers("guest-shutdown", "{}");

        agent.shutdown(mode, soon());

        assertThat(sent("guest-shutdown")).isEqualTo("{\"mode\":\"" + wire + "\"}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "1.5", "\"1\"", "{}", "99999999999999999999"})
    void whatIsNoTimeIsNone(String json) {
        answers("guest-get-time", json);

        assertThatThrownBy(() -> agent.time(soon())).isInstanceOf(AgentProtocolException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "{}", "{\"keys\": {}}", "{\"keys\": [1]}"})
    void whatIsNoListOfKeysIsNone(String json) {
        answers("guest-ssh-get-authorized-keys", json);

        assertThatThrownBy(() -> agent.authorizedKeys("ann", soon())).isInstanceOf(AgentProtocolException.class);
    }
}
