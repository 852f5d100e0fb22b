// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.shell;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.terminal.CreateTerminal;
import dev.bellhop.api.v2.terminal.TerminalView;
import dev.bellhop.cli.Cli;
import dev.bellhop.cli.Processes;
import dev.bellhop.cli.RealServer;
import dev.bellhop.cli.terminal.ShellWords;
import dev.bellhop.cli.terminal.Stdin;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Terminals of a real agent, which is this machine. */
@Timeout(120)
@Tag("real")
class TerminalCommandsTest {
    private static final Stdin NONE = RealServer.pipe(new byte[0]);

    @TempDir
    private Path folder;

    private RealServer real;
    private BellhopClient client;

    @BeforeEach
    void start() throws Exception {
        real = RealServer.start(folder);
        client = real.client();
    }

    @AfterEach
    void stop() {
        client.close();
        real.close();
    }

    private TerminalView open(String command) throws Exception {
        return client.terminals().open(1, new CreateTerminal(80, 24, null, command, null, null, folder.toString()));
    }

    private void awaitViewers(TerminalView terminal, int count) {
        Awaitility.await().until(() -> client.terminals().get(1, terminal.id()).viewers() == count);
    }

    /** Whoever looks, has no key. */
    private CompletableFuture<Cli.Run> watch(Stdin stdin, String... more) {
        Map<String, String> env = new HashMap<>(real.env);
        env.remove("BELLHOP_KEY");
        List<String> words = new ArrayList<>(List.of("terminal", "watch"));
        words.addAll(List.of(more));
        Duration timeout = Duration.ofSeconds(30);
        return CompletableFuture.supplyAsync(() -> Cli.run(env, stdin, timeout, timeout, words.toArray(String[]::new)));
    }

    @Test
    void terminalsAreListed() throws Exception {
        assertThat(real.run("terminal", "list", "1").err()).isEqualTo("bellhop: There are no terminals in VM 1\n");
        TerminalView terminal = open("exec sleep 1000");

        Cli.Run run = real.run("terminal", "list", "1");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out().lines().toList().get(1)).startsWith(terminal.id()).contains("root", "open", "agent");
        client.terminals().close(1, terminal.id());
        assertThat(real.run("terminal", "list", "1").out()).contains("hung_up");
    }

    @Test
    void whoeverIsInvitedLooksOnceAndWithoutAKey() throws Exception {
        TerminalView terminal = open("stty -echo; echo first; read x; echo got $x; exec sleep 1000");
        Cli.Run shared = real.run("terminal", "share", "1");
        assertThat(shared.exitCode()).as(shared.err()).isZero();
        assertThat(shared.out())
                .startsWith("1/" + terminal.id() + "/bellhop.ticket.")
                .endsWith("\n");
        assertThat(shared.err()).contains("bellhop terminal watch").hasLineCount(1);
        assertThat(shared.err().strip().length()).isLessThanOrEqualTo(80);
        String invitation = shared.out().strip();

        CompletableFuture<Cli.Run> watching = watch(NONE, invitation);
        awaitViewers(terminal, 1);
        client.terminals().close(1, terminal.id());

        Cli.Run seen = watching.get(60, TimeUnit.SECONDS);
        assertThat(seen.exitCode()).as(seen.err()).isZero();
        assertThat(seen.out()).isEqualTo("first\r\n");
        assertThat(seen.err()).isEqualTo("bellhop: the terminal has ended: hung_up\n");
        Cli.Run again = watch(NONE, invitation).get(60, TimeUnit.SECONDS);
        assertThat(again.exitCode()).isEqualTo(1);
        assertThat(again.err())
                .contains("the invitation is used, older than 30 s, or not good from your address; ask for another");
    }

    @Test
    void anInvitationIsAskedForWhereNoneIsGiven() throws Exception {
        TerminalView terminal = open("echo first; exit 3");
        Awaitility.await().until(() -> client.terminals().get(1, terminal.id()).endedAt() != null);
        String invitation = real.run("terminal", "share", "1", terminal.id()).out();

        Cli.Run seen = watch(RealServer.pipe(invitation.getBytes(StandardCharsets.UTF_8)))
                .get(60, TimeUnit.SECONDS);

        assertThat(seen.exitCode()).as(seen.err()).isZero();
        assertThat(seen.out()).isEqualTo("first\r\n");
        assertThat(seen.err()).isEqualTo("Invitation: bellhop: the terminal has ended: exited\n");
    }

    @Test
    void theKeyThatOpenedOneLooksByItsId() throws Exception {
        TerminalView terminal = open("echo first; exit 0");
        Awaitility.await().until(() -> client.terminals().get(1, terminal.id()).endedAt() != null);
        assertThat(real.run(NONE, "terminal", "watch", "1", terminal.id()).out())
                .isEqualTo("first\r\n");
    }

    @Test
    void whatIsNoInvitationIsRefusedBeforeAnybodyIsAsked() throws Exception {
        for (String no : List.of("x", "1/2/3", "http://other.example/1/2/bellhop.ticket.x", "")) {
            Cli.Run run = watch(NONE, no).get(60, TimeUnit.SECONDS);
            assertThat(run.exitCode()).isEqualTo(1);
            assertThat(run.err()).contains("this is no invitation");
        }
    }

    @Test
    void whichOneIsSharedHasToBeClear() throws Exception {
        assertThat(real.run("terminal", "share", "1").err()).contains("Cannot find a terminal that your key has open");
        open("exec sleep 1000");
        open("exec sleep 1000");
        Cli.Run run = real.run("terminal", "share", "1");
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("2 open in VM 1", "bellhop terminal list 1");
    }

    /** In a pseudo-terminal of this machine, by util-linux. */
    private Process inTerminal(String... words) throws IOException {
        return lineInTerminal(line(words));
    }

    /** With Ctrl-C as it is for whoever sits at a terminal, also where the test's own process ignores it. */
    private static String line(String... words) {
        return "env --default-signal=INT "
                + Processes.bellhop(words).stream().map(ShellWords::quote).collect(Collectors.joining(" "));
    }

    private Process lineInTerminal(String line) throws IOException {
        // Or a shell that stays would be ended by Ctrl-C, too, and tell so by its exit code.
        ProcessBuilder builder =
                new ProcessBuilder("script", "-qec", "exec " + line, "/dev/null").redirectErrorStream(true);
        builder.environment().putAll(real.env);
        builder.environment().put("SHELL", "/bin/sh");
        builder.environment().put("LC_ALL", "C.UTF-8");
        return builder.start();
    }

    private static String readTo(InputStream in, String wanted) throws IOException {
        StringBuilder all = new StringBuilder();
        while (all.indexOf(wanted) < 0) {
            int next = in.read();
            assertThat(next).as("%s", all).isNotNegative();
            all.append((char) next);
        }
        return all.toString();
    }

    @Test
    void whoeverLooksTypesNothingAndLeavesByATilde() throws Exception {
        TerminalView terminal = open("echo first; read x; echo got $x; exec sleep 1000");
        Process looking = inTerminal("terminal", "watch", "1", terminal.id());
        try (OutputStream keyboard = looking.getOutputStream()) {
            String shown = readTo(looking.getInputStream(), "first");
            assertThat(shown).contains("you look on, and cannot type; ~. leaves");
            keyboard.write("hello\r~.".getBytes(StandardCharsets.US_ASCII));
            keyboard.flush();
            String rest = Processes.read(looking.getInputStream());
            assertThat(rest).contains("left; the terminal goes on").doesNotContain("hello", "got");
            assertThat(Processes.exitCode(looking)).isZero();
        }
        assertThat(client.terminals().get(1, terminal.id()).state()).isEqualTo("open");
    }

    @Test
    void aShellSaysInOneLineThatItIsSlowerAndWhy() throws Exception {
        Process shell = inTerminal("shell", "1", "--", "echo", "hello");
        try (OutputStream keyboard = shell.getOutputStream()) {
            String shown = Processes.read(shell.getInputStream());
            assertThat(shown).contains("hello");
            assertThat(shown.lines().filter(line -> line.contains("slower")))
                    .containsExactly("bellhop: slower: no stream (no monitor); see 'bellhop doctor 1'");
            assertThat(Processes.exitCode(shell)).isZero();
            keyboard.flush();
        }
    }

    /** Whatever it asks of the terminal of whoever looks, and changes there. */
    private static final String ALTERNATE = "printf '\\033[?1049h\\033[cfirst'; ";

    private void leavesByATilde(Process looking) throws Exception {
        try (OutputStream keyboard = looking.getOutputStream()) {
            String shown = readTo(looking.getInputStream(), "first");
            assertThat(shown).contains("you look on, and cannot type; ~. leaves");
            keyboard.write("hello\r~.".getBytes(StandardCharsets.US_ASCII));
            keyboard.flush();
            String rest = Processes.read(looking.getInputStream());
            assertThat(rest)
                    .contains("left; the terminal goes on", "\u001b[?1049l")
                    .doesNotContain("hello", "got");
            assertThat(Processes.exitCode(looking)).isZero();
        }
    }

    @Test
    void aPipedInvitationLeavesTheTerminalRawAndPutsItBack() throws Exception {
        open(ALTERNATE + "exec sleep 1000");
        String invitation = real.run("terminal", "share", "1").out().strip();
        leavesByATilde(lineInTerminal("echo " + invitation + " | " + line("terminal", "watch")));
    }

    @Test
    void whoeverLooksWithoutStandardInputStaysThere() throws Exception {
        TerminalView terminal = open(ALTERNATE + "exec sleep 1000");
        leavesByATilde(lineInTerminal(line("terminal", "watch", "1", terminal.id()) + " </dev/null"));
    }

    @Test
    void aFileGetsWhatIsPrintedAloneAndCtrlCLeaves() throws Exception {
        TerminalView terminal = open(ALTERNATE + "exec sleep 1000");
        Path log = folder.resolve("log");
        Process looking = lineInTerminal(line("terminal", "watch", "1", terminal.id()) + " >" + log);
        try (OutputStream keyboard = looking.getOutputStream()) {
            Awaitility.await()
                    .atMost(Duration.ofMinutes(1))
                    .until(() -> Files.exists(log) && Files.readString(log).endsWith("first"));
            keyboard.write(3);
            keyboard.flush();
            assertThat(Processes.read(looking.getInputStream())).contains("bellhop: left; the terminal goes on");
            assertThat(Processes.exitCode(looking)).isZero();
        }
        assertThat(Files.readString(log)).isEqualTo("\u001b[?1049h\u001b[cfirst");
    }

    @Test
    void whoeverLooksAtARawTerminalSeesTheEndInALineOfItsOwn() throws Exception {
        TerminalView terminal = open("echo first; exit 0");
        Awaitility.await().until(() -> client.terminals().get(1, terminal.id()).endedAt() != null);
        Process looking = inTerminal("terminal", "watch", "1", terminal.id());
        try (OutputStream keyboard = looking.getOutputStream()) {
            String shown = Processes.read(looking.getInputStream());
            assertThat(shown).contains("\r\nbellhop: the terminal has ended: exited\r\n");
            assertThat(shown.replace("\r\n", "")).doesNotContain("\n");
            assertThat(Processes.exitCode(looking)).isZero();
            keyboard.flush();
        }
    }

    @Test
    void whatCannotBeWrittenEndsALookAndASitting() throws Exception {
        TerminalView terminal = open("echo first; exec sleep 1000");
        for (String line : List.of(
                line("terminal", "watch", "1", terminal.id()),
                line("shell", "1", "--", "sh", "-c", "echo hello; cat"))) {
            Process process = lineInTerminal(line + " >/dev/full");
            try (OutputStream keyboard = process.getOutputStream()) {
                assertThat(Processes.read(process.getInputStream()))
                        .contains("Cannot write what the terminal prints: No space left on device\r\n");
                assertThat(Processes.exitCode(process)).isNotZero();
                keyboard.flush();
            }
        }
        assertThat(client.terminals().list(1).items().stream().map(TerminalView::state))
                .containsExactlyInAnyOrder("ended", "open");
    }
}
