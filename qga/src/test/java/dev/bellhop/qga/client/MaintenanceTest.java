// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga.client;

import static dev.bellhop.qga.client.Soon.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.qga.AgentProtocolException;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.GuestAgentOptions;
import dev.bellhop.qga.RpcDisabledException;
import dev.bellhop.qga.TrimmedFileSystem;
import dev.bellhop.testkit.FakeAgent;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Freezing, thawing and trimming. By an agent that is none: a real one would do it to this machine. */
@Timeout(60)
class MaintenanceTest {
    @TempDir
    Path folder;

    private FakeAgent fake;
    private GuestAgent agent;

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

    private void says(String command, String result) {
        fake.on(command, (request, wire) -> wire.reply(result));
    }

    @Test
    void allOrSomeFileSystemsAreFrozen() throws Exception {
        says("guest-fsfreeze-freeze", "3");
        says("guest-fsfreeze-freeze-list", "2");
        says("guest-fsfreeze-thaw", "4");

        assertThat(agent.freeze(List.of(), soon())).isEqualTo(3);
        assertThat(agent.freeze(List.of("/srv", "/a b"), soon())).isEqualTo(2);
        assertThat(agent.thaw(soon())).isEqualTo(4);
        assertThat(fake.requests().get(1).arguments()).isEqualTo("{\"mountpoints\":[\"/srv\",\"/a b\"]}");
    }

    @Test
    void anAgentWithFrozenFileSystemsFreezesNoMore() {
        fake.on(
                "guest-fsfreeze-freeze",
                (request, wire) -> wire.error(
                        "CommandNotFound",
                        "Command guest-fsfreeze-freeze has been disabled: the agent is in frozen state"));

        assertThatThrownBy(() -> agent.freeze(List.of(), soon())).isInstanceOf(RpcDisabledException.class);
    }

    @Test
    void eachFileSystemTellsWhatWasTrimmedOrWhyNot() throws Exception {
        says("guest-fstrim", """
                {"paths": [{"path": "/", "trimmed": 1048576, "minimum": 4096},\
                 {"path": "/boot\\u001b[2J", "error": "trim not supported"}, {"path": "/old"}]}""");

        assertThat(agent.trim(4096, soon()).items())
                .containsExactly(
                        new TrimmedFileSystem("/", 1_048_576L, null),
                        new TrimmedFileSystem("/boot\\u001B[2J", null, "trim not supported"),
                        new TrimmedFileSystem("/old", null, null));
        assertThat(fake.requests().getFirst().arguments()).isEqualTo("{\"minimum\":4096}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[]",
                "{}",
                "{\"paths\": {}}",
                "{\"paths\": [1]}",
                "{\"paths\": [{\"trimmed\": 1}]}",
                "{\"paths\": [{\"path\": \"/\", \"trimmed\": -1}]}",
                "{\"paths\": [{\"path\": \"/\", \"trimmed\": 99999999999999999999}]}"
            })
    void aWrongAnswerIsRefused(String result) {
        says("guest-fstrim", result);
        assertThatThrownBy(() -> agent.trim(0, soon())).isInstanceOf(AgentProtocolException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "{}", "\"3\"", "1.5", "99999999999"})
    void aWrongNumberIsRefused(String result) {
        says("guest-fsfreeze-thaw", result);
        assertThatThrownBy(() -> agent.thaw(soon())).isInstanceOf(AgentProtocolException.class);
    }

    @Test
    void aLongListIsCut() throws Exception {
        says("guest-fstrim", "{\"paths\": [" + "{\"path\": \"/\"},".repeat(150) + "{\"path\": \"/\"}]}");
        assertThat(agent.trim(0, soon()).items()).hasSize(100);
        assertThat(agent.trim(0, soon()).cut()).isTrue();
    }
}
