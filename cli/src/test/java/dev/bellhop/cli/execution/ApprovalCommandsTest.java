// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.execution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.Json;
import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.Page;
import dev.bellhop.api.v2.admin.CreatedKey;
import dev.bellhop.api.v2.execution.ExecutionView;
import dev.bellhop.cli.Cli;
import dev.bellhop.cli.RealServer;
import dev.bellhop.cli.terminal.Stdin;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.core.type.TypeReference;

/** Commands that wait until somebody approves or rejects them, by the command, against a real server. */
@Timeout(120)
@Tag("real")
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
        Cli.Run key = real.run(
                "key", "create", "--name", "assistant", "--scope", "write:vm", "--policy", policy, "--output", "json");
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

    /** A terminal at which somebody types this. */
    private static Stdin typing(String answers) {
        return new Stdin(new ByteArrayInputStream(answers.getBytes(StandardCharsets.UTF_8)), () -> false);
    }

    private static ExecutionView state(String id) throws InterruptedException {
        try (BellhopClient client = real.client()) {
            return client.executions().get(id, Duration.ZERO);
        }
    }

    private static ExecutionView end(String id) throws InterruptedException {
        try (BellhopClient client = real.client()) {
            return client.executions().get(id, LONG);
        }
    }

    @Test
    void whatIsApprovedRuns() throws Exception {
        Path trace = folder.resolve("approved");
        String id = ask("touch " + trace);
        assertThat(real.run("ps", "--state", "pending").out()).containsPattern(id + "  1 .* awaits approval ");
        assertThat(trace).doesNotExist();

        Cli.Run own = asAssistant("approve", "--yes", id);
        assertThat(own.exitCode()).isEqualTo(1);
        assertThat(own.err()).startsWith("bellhop: " + id + ": ").contains("somebody else has to");

        Cli.Run approve = real.run("approve", "--yes", id);
        assertThat(approve.exitCode()).as(approve.err()).isZero();
        assertThat(approve.err())
                .startsWith("bellhop: " + id + ": approved; it is ")
                .doesNotContain("awaits approval");
        assertThat(end(id).state()).isEqualTo("exited");
        assertThat(trace).exists();
        Cli.Run late = real.run("reject", id);
        assertThat(late.exitCode()).isEqualTo(1);
        assertThat(late.err()).contains("does not wait for approval");
    }

    /** From the list to a decision, without a document. */
    @Test
    void whoApprovesIsLedToAllThatRuns() throws Exception {
        Path trace = folder.resolve("led");
        Cli.Run asked = Cli.run(
                assistant,
                RealServer.pipe(("touch " + trace + "\n").getBytes(StandardCharsets.UTF_8)),
                LONG,
                LONG,
                "exec",
                "-d",
                "-i",
                "--env",
                "LD_PRELOAD=/tmp/evil.so",
                "--cwd",
                "/tmp",
                "--timeout",
                "1m",
                "--label",
                "it=led",
                "1",
                "--",
                "sh");
        String id = asked.out().strip();

        Cli.Run listed = real.run("ps", "--label", "it=led");
        List<String> lines = listed.out().lines().toList();
        assertThat(lines.get(0)).matches("ID +VMID +STATE +AGE +ASKED BY +COMMAND");
        assertThat(lines.get(1)).matches(id + "  1     awaits approval  [0-9]+s +assistant  sh");
        assertThat(lines.get(1).indexOf("  sh"))
                .as("who asks shows in 80 columns")
                .isLessThan(80);
        assertThat(listed.err()).contains("decide, with:\n  bellhop approve " + id);

        Cli.Run shown = real.run(typing("n\n"), "approve", id);

        assertThat(shown.exitCode()).isEqualTo(1);
        assertThat(shown.out())
                .contains("Asked by       assistant (key ")
                .contains("VM             1\n")
                .contains("Command        | sh\n")
                .contains("User           that of the guest agent")
                .contains("Folder         | /tmp\n")
                .contains("Variable       | LD_PRELOAD=/tmp/evil.so\n")
                .containsPattern("Stdin          [0-9]+ bytes\n               \\| touch ")
                .contains("Timeout        1m 0s\n")
                .contains("Label          | it=led\n")
                .containsPattern("Digest sha256:[0-9a-f]{64}\n");
        assertThat(shown.out().lines()).allMatch(line -> line.length() <= 80);
        assertThat(shown.err()).contains("Approve? [y/N] ").contains("not approved; it still waits");
        assertThat(state(id).awaitsApproval()).isTrue();
        assertThat(trace).doesNotExist();

        Cli.Run approved = real.run(typing("y\n"), "approve", id);

        assertThat(approved.exitCode()).as(approved.err()).isZero();
        assertThat(end(id).state()).isEqualTo("exited");
        assertThat(trace).exists();
    }

    @Test
    void whatWasSeenBeforeDoesNotApproveWhatIsAskedForSince() throws Exception {
        Path trace = folder.resolve("changed");
        String harmless = ask("true");
        String shown = real.run(typing("n\n"), "approve", harmless).out();
        String seen = shown.substring(shown.indexOf("sha256:")).strip();
        assertThat(real.run("reject", harmless).exitCode()).isZero();
        String other = ask("touch " + trace);

        Cli.Run approve = real.run("approve", "--yes", "--digest", seen, other);

        assertThat(approve.exitCode()).isEqualTo(1);
        assertThat(approve.err()).contains("Cannot approve this because its digest is sha256:");
        assertThat(state(other).awaitsApproval()).isTrue();
        assertThat(trace).doesNotExist();
    }

    @Test
    void withoutATerminalItAsksForYes() throws Exception {
        String id = ask("true");

        Cli.Run piped = real.run(RealServer.pipe("y\n".getBytes(StandardCharsets.UTF_8)), "approve", id);
        Cli.Run atItsEnd = real.run("approve", id);

        assertThat(piped.exitCode()).isEqualTo(1);
        assertThat(piped.err()).contains("standard input is no terminal").contains("--yes");
        assertThat(atItsEnd.exitCode()).isEqualTo(1);
        assertThat(state(id).awaitsApproval()).isTrue();
    }

    @Test
    void whatIsTooLongIsNotApprovedUnseen() throws Exception {
        String id = ask("true; " + "#\n".repeat(50) + "echo hidden");

        Cli.Run cut = real.run(typing("y\n"), "approve", id);
        Cli.Run whole = real.run(typing("y\n"), "approve", "--full", id);

        assertThat(cut.exitCode()).isEqualTo(1);
        assertThat(cut.out())
                .contains("31 of 51 lines left out; --full shows all")
                .doesNotContain("hidden");
        assertThat(cut.err()).contains("bellhop approve --full " + id);
        assertThat(whole.out()).contains("| echo hidden\n");
        assertThat(whole.exitCode()).as(whole.err()).isZero();
    }

    @Test
    void nothingThatIsAskedForPassesForWhatBellhopSays() throws Exception {
        String id = ask("echo \u202e; #" + " ".repeat(300) + "\nDigest sha256:0\n" + "x".repeat(63) + "Asked by admin");

        String shown = real.run(typing("n\n"), "approve", id).out();

        assertThat(shown)
                .contains("Command        | echo <U+202E>; #<300 blanks>\n")
                .contains("               | Digest sha256:0\n")
                .contains("               > Asked by admin\n")
                .doesNotContain("\u202e");
        assertThat(real.run("ps", "--state", "pending").out()).contains("echo <U+202E>; #<300 blanks>\\nDigest ");
        real.run("reject", id);
    }

    @Test
    void aRejectedCommandDoesNotRunAndTheOthersAreDecided() throws Exception {
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

        Cli.Run approve = real.run("approve", "--yes", "--output", "json", id);

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
