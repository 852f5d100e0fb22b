// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.cli.Cli;
import dev.bellhop.cli.RealServer;
import dev.bellhop.cli.command.CliException;
import dev.bellhop.cli.terminal.Stdin;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.testkit.FakeAgent;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A real server, and an agent that only takes note. */
@Tag("real")
class SetPasswordCommandTest {
    private static final String PASSWORD = "hunter2 hunter3";

    @TempDir
    private Path folder;

    private FakeAgent agent;
    private TestServer server;

    @BeforeEach
    void start() {
        agent = FakeAgent.start(folder.resolve("a.sock"));
        agent.on("guest-set-user-password", (request, wire) -> wire.reply("{}"));
        server = TestServer.in(folder).vm(1, agent.socket()).start();
    }

    @AfterEach
    void stop() {
        server.close();
        agent.close();
    }

    private Cli.Run run(String stdin, String... args) {
        Duration time = Duration.ofSeconds(30);
        Map<String, String> env = Map.of("BELLHOP_URL", server.uri().toString(), "BELLHOP_KEY", server.adminKey());
        return Cli.run(env, RealServer.pipe(stdin.getBytes(StandardCharsets.UTF_8)), time, time, args);
    }

    private List<String> sent() {
        return agent.requests().stream()
                .filter(request -> request.command().equals("guest-set-user-password"))
                .map(FakeAgent.Request::arguments)
                .toList();
    }

    @Test
    void aLineOfStdinIsSetAndNotShown() {
        Cli.Run set = run(PASSWORD + "\n", "set-password", "1", "deploy", "--stdin");

        assertThat(set.err()).isEqualTo("bellhop: Set the password of deploy in VM 1\n");
        assertThat(set.exitCode()).isZero();
        assertThat(set.out()).isEmpty();
        assertThat(sent())
                .singleElement()
                .asString()
                .contains("\"deploy\"", "\"crypted\":false")
                .contains(Base64.getEncoder().encodeToString(PASSWORD.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void aHashIsSentAsOne() {
        String hash = "$6$salt$" + "x".repeat(86);
        assertThat(run(hash, "set-password", "1", "--crypted", "--stdin").exitCode())
                .isZero();
        assertThat(sent()).singleElement().asString().contains("\"root\"", "\"crypted\":true");
        assertThat(run(PASSWORD, "set-password", "1", "--crypted", "--stdin").err())
                .contains("crypt(3)")
                .doesNotContain(PASSWORD);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n", "two\nlines\n", "x\n\n"})
    void whatIsNotOneLineIsNotSent(String stdin) {
        Cli.Run set = run(stdin, "set-password", "1", "deploy", "--stdin");

        assertThat(set.exitCode()).isEqualTo(1);
        assertThat(set.err()).contains("not one line").doesNotContain("two");
        assertThat(sent()).isEmpty();
    }

    @Test
    void withoutATerminalNobodyIsAsked() {
        assertThat(run(PASSWORD, "set-password", "1").err()).contains("--stdin").doesNotContain(PASSWORD);
        assertThat(sent()).isEmpty();
    }

    @Test
    void aTypedPasswordHasToBeTheSameTwice() {
        assertThat(typed("one", "one").twice("?")).isEqualTo("one");
        assertThatThrownBy(() -> typed("one", "two").twice("?"))
                .isInstanceOf(CliException.class)
                .hasMessageContaining("not the same");
        assertThatThrownBy(() -> typed("").twice("?")).isInstanceOf(CliException.class);
    }

    private static PasswordPrompt typed(String... answers) {
        Deque<String> left = new ArrayDeque<>(List.of(answers));
        return new PasswordPrompt(
                new Stdin(InputStream.nullInputStream(), () -> false),
                question -> left.removeFirst().toCharArray());
    }
}
