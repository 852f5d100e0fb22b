// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.shell;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.Json;
import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.terminal.CreateTerminal;
import dev.bellhop.api.v2.terminal.RecordingView;
import dev.bellhop.cli.Cli;
import dev.bellhop.cli.RealServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** With recordings of terminals of a real agent, which is this machine. */
@Timeout(120)
@Tag("real")
class RecordingCommandsTest {
    @TempDir
    private Path folder;

    private RealServer real;

    @BeforeEach
    void start() throws Exception {
        real = RealServer.start(folder);
    }

    @AfterEach
    void stop() {
        real.close();
    }

    private RecordingView recorded(String command) throws Exception {
        try (BellhopClient client = real.client()) {
            String id = client.terminals()
                    .open(1, new CreateTerminal(80, 24, null, command, null, null, folder.toString()))
                    .id();
            Awaitility.await().until(() -> client.recordings().get(id).endedAt() != null);
            return client.recordings().get(id);
        }
    }

    @Test
    void recordingsAreListed() throws Exception {
        Cli.Run none = real.run("recording", "list");
        assertThat(none.exitCode()).isZero();
        assertThat(none.err()).isEqualTo("bellhop: There are no recordings\n");
        assertThat(real.run("recording", "list", "1").err()).isEqualTo("bellhop: There are no recordings of VM 1\n");

        RecordingView recording = recorded("echo hello");

        for (List<String> words : List.of(List.of("recording", "list"), List.of("recording", "list", "1"))) {
            Cli.Run run = real.run(words.toArray(String[]::new));
            assertThat(run.exitCode()).as(run.err()).isZero();
            assertThat(run.out().lines()).hasSize(2);
            assertThat(run.out()).contains(recording.id(), recording.keyId(), "complete", " B ");
        }
        assertThat(real.run("recording", "list", "--output", "json").out()).contains(recording.id());
        assertThat(real.run("completion", "bash").out()).contains("recording");
    }

    @Test
    void oneIsPlayedAsTextWhereThereIsNoTerminal() throws Exception {
        RecordingView recording = recorded("printf 'one\\033[6n\\033[1m two\\n'; exit 3");

        Cli.Run run = real.run("recording", "play", "--speed", "100", "--idle-limit", "1s", recording.id());

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out()).isEqualTo("one two\n");
        assertThat(real.run("recording", "play", "--speed", "0", recording.id()).exitCode())
                .isEqualTo(1);
        Cli.Run unknown = real.run("recording", "play", "019c1379-5a10-7cc3-8d25-6f1f7f3f2c21");
        assertThat(unknown.exitCode()).isEqualTo(1);
        assertThat(unknown.err()).contains("Cannot find a recording of this terminal");
    }

    @Test
    void oneIsExportedAndNoFileIsReplacedUnasked() throws Exception {
        RecordingView recording = recorded("echo hello");
        Path file = folder.resolve("web.cast");

        Cli.Run run = real.run("recording", "export", recording.id(), file.toString());

        assertThat(run.exitCode()).as(run.err()).isZero();
        byte[] cast = Files.readAllBytes(file);
        assertThat(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(cast)))
                .isEqualTo(recording.sha256());
        assertThat(real.run("recording", "export", recording.id()).out()).isEqualTo(Files.readString(file));

        Files.writeString(file, "mine");
        Cli.Run refused = real.run("recording", "export", recording.id(), file.toString());
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.err()).contains("there already; --force replaces it");
        assertThat(file).hasContent("mine");
        assertThat(real.run("recording", "export", "--force", recording.id(), file.toString())
                        .exitCode())
                .isZero();
        assertThat(Files.readAllBytes(file)).isEqualTo(cast);
        assertThat(folder).isDirectoryNotContaining("glob:**.part");

        Cli.Run raw = real.run("recording", "export", "--raw", recording.id());
        assertThat(raw.exitCode()).isEqualTo(1);
        assertThat(raw.err()).contains("read:raw");
    }

    @Test
    void anOlderPlayerGetsVersion2() throws Exception {
        RecordingView recording = recorded("echo hello");
        Cli.Run run = real.run("recording", "export", "--asciicast", "2", recording.id());
        assertThat(run.exitCode()).as(run.err()).isZero();
        List<JsonNode> lines = run.out().lines().map(Json.mapper()::readTree).toList();
        assertThat(lines.getFirst().path("version").asInt()).isEqualTo(2);
        assertThat(lines.getFirst().path("width").asInt()).isPositive();
        assertThat(lines.getFirst().path("height").asInt()).isPositive();
        double before = 0;
        StringBuilder printed = new StringBuilder();
        for (JsonNode event : lines.subList(1, lines.size())) {
            assertThat(event.path(0).asDouble()).isGreaterThanOrEqualTo(before);
            before = event.path(0).asDouble();
            assertThat(event.path(1).asString()).isIn("o", "i", "m", "r");
            printed.append(event.path(2).asString());
        }
        assertThat(printed).contains("hello");

        Cli.Run refused = real.run("recording", "export", "--asciicast", "4", recording.id());
        assertThat(refused.err()).contains("use 2 or 3");
    }

    @Test
    void aRawExportIsComparedWithItsHash() throws Exception {
        RecordingView recording = recorded("echo hello");
        real.env.put(
                "BELLHOP_KEY",
                real.server
                        .makeKey(List.of("terminal:vm", "read:raw"), List.of(1L))
                        .secret());

        Cli.Run run = real.run("recording", "export", "--raw", recording.id());

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out()).contains("hello");
    }
}
