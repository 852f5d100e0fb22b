// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.execution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.cli.Cli;
import dev.bellhop.cli.RealServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Commands that a real server, its guest or bellhop itself does not run. */
@Timeout(120)
@Tag("real")
class ExecRefusedTest {

    private static RealServer real;

    @BeforeAll
    static void start(@TempDir Path folder) throws Exception {
        real = RealServer.start(folder);
    }

    @AfterAll
    static void stop() {
        real.close();
    }

    @Test
    void aUserWhomTheGuestDoesNotKnowIsTheGuestsToRefuse() {
        Cli.Run run = real.run("exec", "--user", "no-such-user", "1", "--", "id");

        assertThat(run.exitCode()).isEqualTo(126);
        assertThat(run.err()).contains("no such user");
    }

    @Test
    void aVariableThatIsNotThereIsRefusedHere() {
        Cli.Run run = real.run("exec", "--env", "NO_SUCH", "1", "--", "id");

        assertThat(run.exitCode()).isEqualTo(255);
        assertThat(run.err()).contains("Cannot pass on the variable NO_SUCH");
    }

    @ParameterizedTest
    @CsvSource({
        "4711, Cannot find VM 4711",
        "2, Cannot run a command in VM 2",
    })
    void aVmThatIsNotThereIs255WithTheServersWords(String vm, String expected) {
        Cli.Run run = real.run("exec", vm, "--", "true");

        assertThat(run.exitCode()).isEqualTo(255);
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).startsWith("bellhop: " + expected).doesNotContain("\tat ");
    }

    @Test
    void waitsForAnAgentNoLongerThanAsked() {
        Cli.Run run = real.run("exec", "--wait-for-agent", "1s", "2", "--", "true");

        assertThat(run.exitCode()).isEqualTo(255);
        assertThat(run.err()).isEqualTo("bellhop: The command was not started (delivery_timeout)\n");
    }

    @Test
    void aKeyThatIsNotKnownIs255WithAWayOut() {
        Map<String, String> env = Map.of("BELLHOP_URL", real.server.uri().toString(), "BELLHOP_KEY", Cli.KEY);

        Cli.Run run = Cli.run(env, Cli.TERMINAL, Duration.ofSeconds(30), Duration.ZERO, "exec", "1", "--", "true");

        assertThat(run.exitCode()).isEqualTo(255);
        assertThat(run.err()).contains("bellhop key create");
    }

    @Test
    void whatIsWrongWithTheRequestIsNamed() {
        Cli.Run run = real.run("exec", "--cwd", "here", "--timeout", "30d", "1", "--", "x".repeat(65_537));

        assertThat(run.exitCode()).isEqualTo(255);
        assertThat(run.err())
                .contains("/cwd: An absolute path", "/timeoutSeconds: 1 to 604800", "/command: 1 to 65536 bytes")
                .doesNotContain("xxx");
    }

    @Test
    void aCommandThatCannotBeDecodedIsRefused() {
        Cli.Run run = real.run("exec", "1", "--", "rm", "f\uFFFD\uFFFDr");

        assertThat(run.exitCode()).isEqualTo(255);
        assertThat(run.err()).contains("LC_ALL=C.UTF-8");
    }

    @Test
    void inputThatIsToBePassedOnAndNotIsRefusedHere() {
        assertThat(real.run("exec", "-i", "-n", "1", "--", "cat").err()).contains("one of -i and -n");
    }
}
