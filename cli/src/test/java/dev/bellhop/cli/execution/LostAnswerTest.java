// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.execution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.cli.Cli;
import dev.bellhop.cli.LostAnswerRelay;
import dev.bellhop.cli.RealServer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A connection that breaks between the start of a command and its answer. */
@Timeout(120)
@Tag("real")
class LostAnswerTest {

    @Test
    void theCommandIsStartedOnceAndItsOutputIsThere(@TempDir Path folder) throws Exception {
        Path trace = folder.resolve("trace");
        try (RealServer real = RealServer.start(folder);
                LostAnswerRelay relay = new LostAnswerRelay(real.server.uri().getPort(), "POST")) {
            real.env.put("BELLHOP_URL", relay.url());

            Cli.Run run = real.run("exec", "1", "--", "echo ran >>" + trace + "; echo out");

            assertThat(run.err()).isEmpty();
            assertThat(run.exitCode()).isZero();
            assertThat(run.out()).isEqualTo("out\n");
            assertThat(relay.hasLostOne()).isTrue();
            assertThat(relay.connections()).isGreaterThan(1);
            assertThat(trace).hasContent("ran");
            assertThat(Files.readAllLines(trace)).hasSize(1);
        }
    }
}
