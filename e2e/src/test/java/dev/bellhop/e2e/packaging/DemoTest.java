// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.bellhop.testkit.Checkout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code script/demo}, the first thing that anyone runs. */
@Tag("real")
@Tag("vm")
class DemoTest {
    @TempDir
    private Path folder;

    @Test
    void oneRunShowsAResultAndStopsWhatItStarted() throws Exception {
        Checkout.Ended ended = demo();

        assertThat(ended.exitCode()).as(ended.stderr()).isZero();
        assertThat(ended.stdout())
                .contains("$ curl -s -X POST http://127.0.0.1:")
                .contains("\"message\": \"Command execution started\"")
                .contains("\"exited\": true")
                .contains("\"exitcode\": 0");
        assertThat(folder.resolve("10000.pid")).doesNotExist();
        assertThat(folder.resolve("server.pid")).doesNotExist();
    }

    @Test
    @Tag("full")
    void whatAKilledDemoLeftRunningIsNoTrouble() throws Exception {
        Process killed = builder().start();
        try {
            await().atMost(Duration.ofMinutes(2))
                    .until(() -> Files.readString(folder.resolve("demo.log")).contains("until you press Ctrl-C"));
        } finally {
            killed.destroyForcibly().waitFor();
        }

        Checkout.Ended ended = demo();

        assertThat(ended.exitCode()).as(ended.stderr()).isZero();
    }

    private Checkout.Ended demo() throws Exception {
        return Checkout.run(folder, environment(), List.of("script/demo", "--once"));
    }

    private ProcessBuilder builder() {
        var builder = new ProcessBuilder("script/demo")
                .directory(Checkout.ROOT.toFile())
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("demo.log").toFile());
        builder.environment().putAll(environment());
        return builder;
    }

    /** A folder of its own, so that a running demo is left alone. */
    private Map<String, String> environment() {
        return Map.of("BELLHOP_DEMO_DIR", folder.toString());
    }
}
