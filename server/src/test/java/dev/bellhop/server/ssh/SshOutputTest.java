// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.bellhop.server.app.TestServer;
import dev.bellhop.server.execution.engine.ExecutionLimits;
import dev.bellhop.server.execution.engine.ExecutionSettings;
import dev.bellhop.server.execution.guest.GuestSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Output of which more comes than is kept. */
@Timeout(120)
@Tag("real")
@Tag("ssh")
class SshOutputTest {
    private static final int KEPT = 64 << 10;
    private static final int MORE = 3 * KEPT;

    /** How many commands of one account may pass on what is not kept. */
    private static final int PASSING = 8;

    private static final String WRITE = "head -c " + MORE + " /dev/zero";

    @TempDir
    private static Path folder;

    private static TestServer server;
    private static OpenSsh ssh;
    private static String key;

    @BeforeAll
    static void start() {
        GuestSettings few = new GuestSettings(true, folder.resolve("spool").toString(), KEPT);
        server = TestServer.in(folder)
                .realAgent(1)
                .executions(new ExecutionSettings(few, ExecutionLimits.defaults()))
                .ssh()
                .start();
        ssh = new OpenSsh(folder, server.ssh());
        key = server.makeKey(List.of("write:vm"), List.of(1L)).secret();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void whatIsNotKeptIsPassedOn() {
        OpenSsh.Result result = ssh.run("1", key, WRITE + "; " + WRITE + " >&2; exit 3");
        assertThat(result.code()).isEqualTo(3);
        assertThat(result.stdout()).hasSize(MORE);
        assertThat(result.stderr()).hasSize(MORE);
    }

    /** A part of a file must not pass for all of it. */
    @Test
    void whereItIsNotPassedOnTheClientIsToldAndTheExitCodeIsNotTheCommands() throws IOException {
        List<OpenSsh.Running> passing = new ArrayList<>();
        try {
            for (int i = 0; i < PASSING; i++) {
                passing.add(ssh.start("1", key, WRITE + "; read line"));
            }
            await().atMost(Duration.ofMinutes(1))
                    .untilAsserted(() -> assertThat(passing)
                            .allSatisfy(each -> assertThat(each.printed()).hasSize(MORE)));
            OpenSsh.Result result = ssh.run("1", key, WRITE);
            assertThat(result.stdout()).hasSizeLessThan(MORE);
            assertThat(result.code()).isEqualTo(255);
            assertThat(result.err())
                    .contains("bellhop: ")
                    .contains("output is missing")
                    .contains("would be 0");
        } finally {
            passing.forEach(OpenSsh.Running::close);
        }
    }
}
