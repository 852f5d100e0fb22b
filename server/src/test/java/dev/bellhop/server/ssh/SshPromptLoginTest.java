// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.access.CallerLimits;
import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.auth.keyboard.UserAuthKeyboardInteractiveFactory;
import org.apache.sshd.client.auth.keyboard.UserInteraction;
import org.apache.sshd.client.future.AuthFuture;
import org.apache.sshd.client.keyverifier.AcceptAllServerKeyVerifier;
import org.apache.sshd.client.session.ClientSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Logins by keyboard-interactive: the client asks its user for an API key. The checks are the checks of a password. */
@Timeout(100)
@Tag("real")
@Tag("ssh")
class SshPromptLoginTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final int FAILURES = 5;
    private static final String WRONG = "bellhop_000000000000_" + "0".repeat(64);

    @TempDir
    private Path folder;

    private TestServer server;
    private OpenSsh ssh;
    private Path asked;

    @BeforeEach
    void start() throws IOException {
        server = TestServer.in(folder)
                .realAgent(1, 2)
                .limits(new CallerLimits(2_000, FAILURES, 600, 1_000, 2_000))
                .nanos(() -> 0)
                .ssh()
                .start();
        asked = folder.resolve("asked");
        Path askpass = Files.writeString(folder.resolve("askpass"), """
                #!/bin/sh
                printf '%%s\\n' "$1" >>'%s'
                printf '%%s\\n' "$BELLHOP_PASSWORD"
                """.formatted(asked));
        Files.setPosixFilePermissions(askpass, PosixFilePermissions.fromString("rwx------"));
        ssh = with();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private OpenSsh with(String... options) {
        String[] all = new String[options.length + 1];
        System.arraycopy(options, 0, all, 0, options.length);
        all[options.length] = "PreferredAuthentications=keyboard-interactive";
        return new OpenSsh(folder, server.ssh(), all);
    }

    private TestClient.MadeKey makeKey() {
        return server.makeKey(List.of("write:vm"), List.of(1L));
    }

    private long logins() {
        return server.admin()
                .get("/api/v2/audit?action=ssh.login")
                .json()
                .path("items")
                .size();
    }

    private String trail() {
        return server.admin().get("/api/v2/audit").text();
    }

    @Test
    void theUserIsAskedForAnApiKey() throws IOException {
        TestClient.MadeKey key = makeKey();
        OpenSsh.Result result = ssh.run("1", key.secret(), "echo in");
        assertThat(result.out()).isEqualTo("in\n");
        assertThat(result.err()).contains("Log in to Bellhop with an API key.");
        assertThat(Files.readAllLines(asked)).singleElement().asString().endsWith(" API key as password: ");
        assertThat(logins()).isOne();
        assertThat(trail()).contains(key.id()).doesNotContain(key.secret());
    }

    @ParameterizedTest
    @ValueSource(strings = {"wrong", "empty", "longer", "revoked", "elsewhere"})
    void aKeyThatIsNotGoodIsRefusedLikeAPassword(String kind) {
        TestClient.MadeKey key = makeKey();
        if (kind.equals("elsewhere")) {
            String networks = "{\"networks\": [\"192.0.2.0/24\"]}";
            assertThat(server.admin()
                            .send(
                                    "PATCH",
                                    "/api/v2/keys/" + key.id(),
                                    request -> request.method("PATCH", BodyPublishers.ofString(networks)))
                            .status())
                    .isEqualTo(200);
        }
        if (kind.equals("revoked")) {
            server.admin().send("DELETE", "/api/v2/keys/" + key.id(), request -> {});
        }
        String answer = switch (kind) {
            case "wrong" -> WRONG;
            case "empty" -> "";
            case "longer" -> key.secret() + "0";
            default -> key.secret();
        };
        OpenSsh.Result byPrompt = ssh.run("1", answer, "echo in");
        OpenSsh.Result byPassword = new OpenSsh(folder, server.ssh()).run("1", answer, "echo in");
        for (OpenSsh.Result each : List.of(byPrompt, byPassword)) {
            assertThat(each.code()).isEqualTo(255);
            assertThat(each.out()).isEmpty();
            assertThat(each.err()).contains("Permission denied");
        }
        assertThat(logins()).isZero();
    }

    @Test
    void aVmThatTheKeyDoesNotSeeIsRefusedLikeAWrongKey() {
        assertThat(ssh.run("2", makeKey().secret(), "echo in").err()).contains("Permission denied");
        assertThat(ssh.run("nosuch", makeKey().secret(), "echo in").err()).contains("Permission denied");
    }

    @Test
    void wrongAnswersCountAsFailuresOfTheAddress() {
        for (int i = 0; i < FAILURES; i++) {
            assertThat(ssh.run("1", WRONG, "true").err()).contains("Permission denied");
        }
        assertThat(server.client(WRONG).get("/api/v2/vps").status()).isEqualTo(429);
        assertThat(ssh.run("1", makeKey().secret(), "echo in").out())
                .as("others share the address")
                .isEqualTo("in\n");
    }

    /** Of {@code ssh.loginTries} requests, and one more because a good key needs two. */
    @Test
    void aConnectionHasAsManyQuestionsAsTries() throws IOException {
        OpenSsh.Result result = with("NumberOfPasswordPrompts=20").run("1", WRONG, "true");
        assertThat(result.err()).contains("Too many authentication failures");
        assertThat(Files.readAllLines(asked)).hasSize(SshSettings.Limits.LOGIN_TRIES + 1);
    }

    /** What no usual client sends. */
    @Test
    void answersOfAnotherNumberOrOfAnyLengthAreRefused() throws IOException {
        String key = makeKey().secret();
        assertThat(logsIn(key)).isTrue();
        assertThat(logsIn()).isFalse();
        assertThat(logsIn(key, key)).isFalse();
        assertThat(logsIn("g".repeat(200_000))).isFalse();
        assertThat(logsIn(key + "\n")).isFalse();
    }

    private boolean logsIn(String... answers) throws IOException {
        try (SshClient client = SshClient.setUpDefaultClient()) {
            client.setServerKeyVerifier(AcceptAllServerKeyVerifier.INSTANCE);
            client.setUserAuthFactories(List.of(UserAuthKeyboardInteractiveFactory.INSTANCE));
            client.setUserInteraction(new Answering(answers));
            client.start();
            try (ClientSession session =
                    client.connect("1", server.ssh()).verify(TIMEOUT).getSession()) {
                AuthFuture login = session.auth();
                assertThat(login.await(TIMEOUT)).isTrue();
                return login.isSuccess();
            }
        }
    }

    /** Sends these answers to any question. */
    @SuppressWarnings("ArrayRecordComponent") // As the library wants it.
    private record Answering(String[] answers) implements UserInteraction {
        @Override
        public String[] interactive(
                ClientSession session,
                String name,
                String instruction,
                String language,
                String[] prompt,
                boolean[] echo) {
            return answers;
        }

        @Override
        public String getUpdatedPassword(ClientSession session, String prompt, String language) {
            throw new IllegalStateException("the server asks for no new password");
        }
    }
}
