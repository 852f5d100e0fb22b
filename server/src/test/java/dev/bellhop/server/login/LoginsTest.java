// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.login;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.qga.ExecStatus;
import dev.bellhop.server.execution.FakeVm;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.guest.AgentCalls;
import dev.bellhop.server.guest.AgentHealth;
import dev.bellhop.server.guest.question.LocalGuests;
import dev.bellhop.server.hypervisor.VmDirectory;
import dev.bellhop.server.login.LoginQuestions.AddKey;
import dev.bellhop.server.login.LoginQuestions.ListKeys;
import dev.bellhop.server.login.LoginQuestions.RemoveKey;
import dev.bellhop.server.sshkey.PublicKey;
import dev.bellhop.server.sshkey.PublicKeyTest;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.testkit.FakeAgent;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which way is taken to the keys of a user, and the agent's own. */
@Tag("ssh")
class LoginsTest {
    private static final VmId VM = new VmId(1);
    private static final PublicKey KEY =
            PublicKey.parse(PublicKeyTest.ED25519 + " ada").orElseThrow();
    private static final String[] EXEC = {"guest-exec", "guest-exec-status"};
    private static final String[] SSH = {
        "guest-ssh-get-authorized-keys", "guest-ssh-add-authorized-keys", "guest-ssh-remove-authorized-keys"
    };

    @TempDir
    private Path folder;

    private final List<String> lines = new ArrayList<>();
    private final List<String> scripts = new ArrayList<>();
    private String answer = "bellhop keys none +0000 - 9.1\n";
    private FakeAgent agent;
    private VmDirectory directory;
    private LocalGuests guests;

    @BeforeEach
    void start() {
        agent = FakeAgent.start(folder.resolve("a.sock"));
        directory = new VmDirectory(List.of(new FakeVm(agent.socket())));
        guests = new LocalGuests();
        new Logins(new AgentCalls(directory, new AgentHealth(Clock.systemUTC())), (vm, command, deadline) -> {
                    scripts.add(command.toString());
                    return new ExecStatus(
                            true, 0, null, answer.getBytes(StandardCharsets.UTF_8), new byte[0], false, false);
                })
                .answer(guests);
        agent.on(
                SSH[0],
                (request, wire) -> wire.reply("{\"keys\": ["
                        + lines.stream()
                                .map(line -> "\"" + line.replace("\"", "\\\"") + "\"")
                                .collect(Collectors.joining(","))
                        + "]}"));
        agent.on(SSH[1], (request, wire) -> {
            lines.add(KEY.line());
            wire.reply("{}");
        });
        agent.on(SSH[2], (request, wire) -> {
            lines.removeIf(line -> request.arguments().contains(line.replace("\"", "\\\"")));
            wire.reply("{}");
        });
    }

    @AfterEach
    void stop() throws Exception {
        directory.close();
        agent.close();
    }

    private void allows(String[]... calls) {
        String list = Stream.of(calls)
                .flatMap(Stream::of)
                .map(name -> "{\"name\": \"" + name + "\", \"enabled\": true}")
                .collect(Collectors.joining(","));
        agent.on(
                "guest-info",
                (request, wire) -> wire.reply("{\"version\": \"9.0\", \"supported_commands\": [" + list + "]}"));
    }

    private static BellhopException thrown(Runnable call) {
        try {
            call.run();
        } catch (BellhopException e) {
            return e;
        }
        throw new AssertionError("it was not refused");
    }

    @Test
    void aGuestThatRunsCommandsRunsAScript() {
        allows(EXEC, SSH);

        assertThat(guests.ask(VM, new ListKeys("root")).keys()).isEmpty();
        assertThat(scripts).hasSize(1);
        assertThat(agent.requests()).noneMatch(request -> request.command().contains("-ssh-"));
    }

    @Test
    void theAgentsOwnCallsAreForRootWhereNoScriptRuns() {
        allows(SSH);

        assertThat(guests.ask(VM, new AddKey("root", KEY, null)).fingerprint()).isEqualTo(PublicKeyTest.FINGERPRINT);
        assertThat(guests.ask(VM, new AddKey("root", KEY, null)).comment()).isEqualTo("ada");
        assertThat(lines).containsExactly(KEY.line());
        assertThat(guests.ask(VM, new ListKeys("root")).keys()).hasSize(1);
        assertThat(guests.ask(VM, new RemoveKey("root", PublicKeyTest.FINGERPRINT))
                        .was())
                .isTrue();
        assertThat(guests.ask(VM, new RemoveKey("root", PublicKeyTest.FINGERPRINT))
                        .was())
                .isFalse();
        assertThat(lines).isEmpty();
        assertThat(scripts).isEmpty();
    }

    /** The agent is root and follows the links of whoever owns the home. */
    @Test
    void theAgentsOwnCallsChangeNothingForOthers() {
        allows(SSH);
        lines.add(KEY.line());

        BellhopException refused = thrown(() -> guests.ask(VM, new AddKey("deploy", KEY, null)));

        assertThat(refused.code()).isEqualTo(ErrorCode.NOT_SUPPORTED);
        assertThat(refused).hasMessageContaining("links").hasMessageContaining("allow guest-exec");
        assertThat(thrown(() -> guests.ask(VM, new RemoveKey("deploy", PublicKeyTest.FINGERPRINT)))
                        .code())
                .isEqualTo(ErrorCode.NOT_SUPPORTED);
        assertThat(guests.ask(VM, new ListKeys("deploy")).keys()).hasSize(1);
    }

    @Test
    void anExpiryThatMayNotBeHeededIsRefused() {
        allows(SSH);

        assertThat(thrown(() -> guests.ask(VM, new AddKey("root", KEY, Instant.parse("2096-01-01T00:00:00Z")))))
                .hasMessageContaining("without an expiry");
        assertThat(lines).isEmpty();
    }

    @Test
    void aGuestWithNeitherSaysWhatIsMissing() {
        allows();

        assertThat(thrown(() -> guests.ask(VM, new ListKeys("root"))))
                .hasMessageContaining("guest-exec")
                .hasMessageContaining("guest-ssh-get-authorized-keys")
                .hasMessageContaining("5.2");
    }

    @Test
    void whatTheGuestMakesUpIsNotBelieved() {
        allows(EXEC);
        for (String lie : List.of(
                "",
                "bellhop keys 1-2 +0000 - 9.1\nlonger",
                "bellhop keys 1-99999999999 +0000 - 9.1\n",
                "bellhop keys none +9999 - 9.1 \n",
                "bellhop keys none\n",
                "x".repeat(1000))) {
            answer = lie;
            assertThatThrownBy(() -> guests.ask(VM, new ListKeys("root")))
                    .as(lie)
                    .isInstanceOf(BellhopException.class)
                    .hasMessageContaining("cannot be read");
        }
        answer = "bellhop keys none +9999 - 9.1\n";
        assertThat(guests.ask(VM, new ListKeys("root")).keys()).isEmpty();
    }
}
