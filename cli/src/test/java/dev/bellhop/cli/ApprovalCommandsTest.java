// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.Json;
import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.CreatedKey;
import dev.bellhop.api.v2.ExecutionView;
import dev.bellhop.api.v2.Page;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.core.type.TypeReference;

/** Commands that wait until somebody approves or rejects them, by the command, against a real server. */
@Timeout(120)
class ApprovalCommandsTest {
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final String NONE = "019c1379-5a10-7cc3-8d25-6f1f7f3f2c01";

    @TempDir
    private static Path folder;

    private static RealServer real;
    private static final Map<String, String> assistant = new HashMap<>();

    @BeforeAll
    static void start() throws Exception {
        real = RealServer.start(folder);
        String policy = Files.writeString(folder.resolve("ask.json"), "{\"approval\": true}")
                .toString();
        Cli.Run key =
                real.run("key", "create", "--name", "n", "--scope", "write:vm", "--policy", policy, "--output", "json");
        assistant.putAll(real.env);
        assistant.put(
                "BELLHOP_KEY",
                Json.mapper().readValue(key.outBytes(), CreatedKey.class).key());
    }

    @AfterAll
    static void stop() {
        real.close();
    }

    private static Cli.Run asAssistant(String... args) {
        return Cli.run(assistant, Cli.TERMINAL, LONG, LONG, args);
    }

    private static String ask(String command) {
        Cli.Run asked = asAssistant("exec", "-d", "1", "--", command);
        assertThat(asked.exitCode()).as(asked.err()).isZero();
        return asked.out().strip();
    }

    private static ExecutionView end(String id) throws InterruptedException {
        try (BellhopClient client = real.client()) {
            return client.execution(id, LONG);
        }
    }

    @Test
    void whatIsApprovedRuns() throws Exception {
        Path trace = folder.resolve("approved");
        String id = ask("touch " + trace);
        assertThat(real.run("ps", "--state", "pending").out()).containsPattern(id + " .*pending \\(awaits approval\\)");
        assertThat(trace).doesNotExist();

        Cli.Run own = asAssistant("approve", id);
        assertThat(own.exitCode()).isEqualTo(1);
        assertThat(own.err()).startsWith("bellhop: " + id + ": ").contains("somebody else has to");

        Cli.Run approve = real.run("approve", id);
        assertThat(approve.exitCode()).as(approve.err()).isZero();
        assertThat(approve.err()).startsWith("bellhop: " + id + ": ").doesNotContain("awaits approval");
        assertThat(end(id).state()).isEqualTo("exited");
        assertThat(trace).exists();
        Cli.Run late = real.run("reject", id);
        assertThat(late.exitCode()).isEqualTo(1);
        assertThat(late.err()).contains("does not wait for approval");
    }

    @Test
    void whatIsRejectedDoesNotRunAndTheRestIsDecidedAllTheSame() throws Exception {
        Path trace = folder.resolve("rejected");
        String one = ask("touch " + trace);
        String other = ask("touch " + trace);

        Cli.Run reject = real.run("reject", one, NONE, other);

        assertThat(reject.exitCode()).isEqualTo(1);
        assertThat(reject.err())
                .contains("bellhop: " + one + ": rejected (approval_refused)\n")
                .contains("bellhop: " + NONE + ": Cannot find this execution")
                .contains("bellhop: " + other + ": rejected (approval_refused)\n");
        assertThat(trace).doesNotExist();
    }

    @Test
    void whatBecameOfEachIsToldAsJson() throws IOException {
        String id = ask("true");

        Cli.Run approve = real.run("approve", "--output", "json", id);

        Page<ExecutionView> decided = Json.mapper().readValue(approve.outBytes(), new TypeReference<>() {});
        assertThat(decided.items()).singleElement().satisfies(one -> {
            assertThat(one.id()).isEqualTo(id);
            assertThat(one.awaitsApproval()).isFalse();
        });
    }

    @Test
    void whoAskedIsToldThatItWaitsAndWhatBecameOfIt() throws Exception {
        CompletableFuture<Cli.Run> asking =
                CompletableFuture.supplyAsync(() -> asAssistant("exec", "--label", "it=waits", "1", "--", "true"));
        String id = "";
        while (id.isEmpty()) {
            id = real.run("ps", "--quiet", "--label", "it=waits").out().strip();
        }

        assertThat(real.run("reject", id).exitCode()).isZero();

        Cli.Run asked = asking.get(30, TimeUnit.SECONDS);
        assertThat(asked.exitCode()).isEqualTo(255);
        assertThat(asked.err())
                .contains("Waiting for approval until ")
                .contains("bellhop approve " + id)
                .contains("The command was not started")
                .contains("approval_refused");
    }
}
