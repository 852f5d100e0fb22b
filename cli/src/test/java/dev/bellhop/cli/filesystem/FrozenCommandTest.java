// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.filesystem;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.StubAnswer;
import dev.bellhop.api.StubServer;
import dev.bellhop.api.v2.vm.FileSystemFreeze;
import dev.bellhop.cli.Cli;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A command that runs while file systems are frozen. */
class FrozenCommandTest {
    private static final String PATH = "/api/v2/vps/10000/fsfreeze";

    @TempDir
    private Path folder;

    private final Cli cli = new Cli();

    @BeforeEach
    void answer() {
        cli.server.on("POST", PATH, StubAnswer.json(200, new FileSystemFreeze("frozen", 3, Cli.NOW)));
        cli.server.on("DELETE", PATH, StubAnswer.json(200, new FileSystemFreeze("thawed", 3, null)));
    }

    @AfterEach
    void close() {
        cli.close();
    }

    private List<String> methods() {
        return cli.server.requests().stream().map(StubServer.Request::method).toList();
    }

    @Test
    void itIsThawedOnceTheCommandHasEnded() {
        assertThat(cli.run("fsfreeze", "10000", "--", "sh", "-c", "exit 3").exitCode())
                .isEqualTo(3);
        assertThat(methods()).containsExactly("POST", "DELETE");
        assertThat(cli.server.requests().getFirst().body()).contains("60");
    }

    /** Somebody else may have frozen them since. */
    @Test
    void afterTheLeaseNothingIsThawed() {
        Cli.Run run = cli.run("fsfreeze", "--seconds", "1", "10000", "--", "sleep", "1.1");

        assertThat(run.exitCode()).isEqualTo(124);
        assertThat(run.err()).contains("give it more --seconds");
        assertThat(methods()).containsExactly("POST");
    }

    @Test
    void whatIsNotFrozenIsNotThawedAndNothingIsRun() {
        cli.server.on(
                "POST", PATH, StubAnswer.problem(409, "already_frozen", "Cannot freeze what is frozen", PATH, null));
        Path made = folder.resolve("made");

        assertThat(cli.run("fsfreeze", "10000", "--", "touch", made.toString()).exitCode())
                .isNotZero();
        assertThat(methods()).containsExactly("POST");
        assertThat(made).doesNotExist();
    }

    @Test
    void aQuestionForTheStatusTakesNoCommand() {
        Path made = folder.resolve("made");

        Cli.Run run = cli.run("fsfreeze", "--status", "10000", "--", "touch", made.toString());

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains("--status freezes nothing, so give no COMMAND");
        assertThat(methods()).isEmpty();
        assertThat(cli.run("fsfreeze", "--status", "--seconds", "9", "10000").exitCode())
                .isEqualTo(2);
    }
}
