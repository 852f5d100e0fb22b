// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.file;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.StubAnswer;
import dev.bellhop.api.StubServer;
import dev.bellhop.cli.Cli;
import dev.bellhop.cli.Processes;
import dev.bellhop.testkit.Programs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code bellhop cp} with paths of Windows guests, against a server that has none of what is asked for. */
@Timeout(120)
@Tag("real")
class WindowsPathsTest {
    private static final String FILES = "/api/v2/vps/10000/files";

    @TempDir
    private Path folder;

    private final Cli cli = new Cli();
    private Path large;

    @BeforeEach
    void start() throws Exception {
        large = Files.write(folder.resolve("large"), new byte[2_000_000]);
        cli.server.on(
                "GET",
                FILES + "/stat",
                request -> StubAnswer.problem(404, "file_not_found", "Cannot find it", request.target(), null));
        cli.server.on(
                "PUT",
                FILES,
                StubAnswer.foreign(
                        200, "application/json", "{\"complete\":true,\"offset\":2000000,\"transport\":\"agent\"}"));
    }

    @AfterEach
    void stop() {
        cli.close();
    }

    private List<String> sent() {
        return cli.server.requests().stream()
                .map(StubServer.Request::method)
                .filter("PUT"::equals)
                .toList();
    }

    @Test
    void aBackslashAtTheEndSaysThatItIsADirectory() {
        for (String source : List.of(large.toString(), "-")) {
            Cli.Run run = cli.run("cp", source, "10000:C:\\newdir\\");
            assertThat(run.exitCode()).isEqualTo(1);
            assertThat(run.err()).contains("Cannot copy to 10000:C:\\newdir\\ because it is no directory");
        }
        assertThat(sent()).isEmpty();
        assertThat(cli.run("cp", large.toString(), "10000:C:\\new").exitCode()).isZero();
        assertThat(sent()).hasSize(1);
    }

    /** As the script that starts bellhop has it where standard output is a terminal. */
    @Test
    void nobodyIsToldOfAStreamThatThereCannotBe() throws Exception {
        for (String target : List.of("/new", "C:\\new")) {
            ProcessBuilder builder = new ProcessBuilder(Processes.bellhop("cp", large.toString(), "10000:" + target));
            Programs.removeJavaOptions(builder);
            builder.environment().putAll(cli.env);
            builder.environment().put("BELLHOP_COLUMNS", "80");
            Process copying = builder.start();
            copying.getOutputStream().close();
            String said = Processes.read(copying.getErrorStream());
            assertThat(Processes.exitCode(copying)).as(said).isZero();
            assertThat(said.contains("slower: no stream")).as(said).isEqualTo(target.equals("/new"));
        }
    }
}
