// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga.client;

import static dev.bellhop.qga.client.Soon.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.qga.AgentProtocolException;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.GuestAgentOptions;
import dev.bellhop.qga.OsInfo;
import dev.bellhop.qga.RpcMissingException;
import dev.bellhop.testkit.FakeAgent;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What guests report of operating systems that cannot run here. */
@Timeout(60)
class OsInfoTest {

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

    @Test
    void aWindowsIsKnownByItsId() throws Exception {
        fake.on(
                "guest-get-osinfo",
                (request, wire) -> wire.reply("{\"id\": \"mswindows\", "
                        + "\"name\": \"Microsoft Windows\", \"pretty-name\": \"Windows Server 2022 Standard\", "
                        + "\"version\": \"Microsoft Windows Server 2022\", \"version-id\": \"2022\", \"variant\": \"server\", "
                        + "\"machine\": \"x86_64\", \"kernel-release\": \"20348\", \"kernel-version\": \"10.0\"}"));
        OsInfo os = agent.osInfo(soon());
        assertThat(os.isWindows()).isTrue();
        assertThat(os.prettyName()).isEqualTo("Windows Server 2022 Standard");
    }

    @Test
    void whatIsNotSaidIsAbsent() throws Exception {
        fake.on("guest-get-osinfo", (request, wire) -> wire.reply("{\"name\": \"\", \"new\": {\"id\": 1}}"));
        assertThat(agent.osInfo(soon())).isEqualTo(new OsInfo(null, null, null, null, null, null, null, null));
    }

    @Test
    void aTextIsCutAndCannotHoldWhatATerminalObeys() throws Exception {
        fake.on(
                "guest-get-osinfo",
                (request, wire) -> wire.reply("{\"id\": \"a\\u001b[2J\", \"name\": \"" + "x".repeat(5000) + "\"}"));
        OsInfo os = agent.osInfo(soon());
        assertThat(os.id()).isEqualTo("a\\u001B[2J");
        assertThat(os.name()).hasSize(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "7", "null", "{\"id\": 7}", "{\"name\": [\"x\"]}"})
    void whatIsNoSystemIsRefused(String result) {
        fake.on("guest-get-osinfo", (request, wire) -> wire.reply(result));
        assertThatThrownBy(() -> agent.osInfo(soon())).isInstanceOf(AgentProtocolException.class);
    }

    @Test
    void anOldAgentDoesNotKnow() {
        assertThatThrownBy(() -> agent.osInfo(soon())).isInstanceOf(RpcMissingException.class);
    }
}
