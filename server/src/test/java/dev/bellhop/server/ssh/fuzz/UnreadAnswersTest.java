// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.app.TestServer;
import java.nio.file.Path;
import java.util.List;
import org.apache.sshd.common.SshConstants;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who asks without an end and reads no answer: nobody has memory for all of these. */
@Timeout(300)
@Tag("real")
@Tag("ssh")
class UnreadAnswersTest {
    /** More than what the kernel takes of their answers, and what the server keeps. */
    private static final int ENOUGH = 600_000;

    /** What is waited for, so that this client keeps no more. */
    private static final int AT_ONCE = 500;

    private static final String VM = "1";

    @TempDir
    private Path folder;

    private TestServer server;
    private DeafClient client;
    private String key;

    @BeforeEach
    void start() {
        server = TestServer.in(folder).realAgent(1).ssh().start();
        client = new DeafClient(server.ssh());
        key = server.makeKey(List.of("write:vm"), List.of(1L)).secret();
    }

    @AfterEach
    void stop() throws Exception {
        client.close();
        server.close();
    }

    /** Each is answered: a global request, a channel of a kind that is not known, and 192, which nobody knows. */
    @ParameterizedTest
    @ValueSource(ints = {SshConstants.SSH_MSG_GLOBAL_REQUEST, SshConstants.SSH_MSG_CHANNEL_OPEN, 192})
    void theirConnectionEnds(int type) throws Exception {
        byte[] question = Fields.message(type, "nonsense@example", true, 0, 0, 0);
        try (DeafClient.Connection connection = client.logIn(VM, key).deaf().readsNothing()) {
            for (int i = 0; i < ENOUGH && connection.isOpen(); i++) {
                if (i % AT_ONCE == 0) {
                    connection.sendAndWait(question);
                } else {
                    connection.send(question);
                }
            }
            assertThat(connection.isOpen()).isFalse();
        }
        assertThat(client.run(VM, key, "echo in")).isEqualTo("in\n");
    }
}
