// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.stream;

import static dev.bellhop.server.stream.ScriptGuest.all;
import static dev.bellhop.server.stream.ScriptGuest.soon;
import static dev.bellhop.server.stream.ScriptGuest.text;
import static dev.bellhop.server.stream.ScriptGuest.type;
import static dev.bellhop.server.stream.ScriptGuest.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.stream.GuestFile.Option;
import dev.bellhop.testkit.Processes;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The script of a guest against the server's end, on this machine. */
@Timeout(120)
@Tag("real")
abstract class MultiplexerTest {
    private final Multiplexer multiplexer;

    @TempDir
    private Path folder;

    private ScriptGuest guest;

    MultiplexerTest(Multiplexer multiplexer) {
        this.multiplexer = multiplexer;
    }

    @BeforeEach
    void start() throws Exception {
        guest = ScriptGuest.start(multiplexer, folder);
    }

    @AfterEach
    void stop() throws Exception {
        guest.close();
    }

    private GuestProcess exec(GuestCommand command) throws StreamException {
        return guest.stream().exec(command, soon());
    }

    private GuestProcess shell(String script) throws StreamException {
        return exec(GuestCommand.of("sh", "-c", script));
    }

    private static ProcessEnd end(GuestProcess process) throws StreamException {
        return process.awaitEnd(soon()).orElseThrow();
    }

    @Test
    void theAgentsProcessEndsOnceHostAndGuestHaveGreetedEachOther() throws Exception {
        assertThat(guest.launched().waitFor()).isZero();
    }

    @Test
    void stdoutStderrAndTheExitCodeAreApart() throws Exception {
        try (GuestProcess process = shell("echo out; echo err >&2; exit 3")) {
            assertThat(text(process.stdout())).isEqualTo("out\n");
            assertThat(text(process.stderr())).isEqualTo("err\n");
            assertThat(end(process)).isEqualTo(new ProcessEnd(3, null));
        }
    }

    @Test
    void aSignalEndsTheWholeGroup() throws Exception {
        try (GuestProcess process = shell("echo ready; sleep 1000; echo never")) {
            until(process.stdout(), "ready\n");
            process.signal(15);

            assertThat(end(process)).isEqualTo(new ProcessEnd(null, 15));
            assertThat(text(process.stdout())).isEmpty();
        }
    }

    @Test
    void aProgramThatIsNotThereIsAnErrorOfTheSystem() {
        assertThatThrownBy(() -> exec(GuestCommand.of("/no/such/program")))
                .isInstanceOfSatisfying(
                        StreamException.class, e -> assertThat(e.errno()).hasValue(2))
                .hasMessageContaining("no such file");
        assertThatThrownBy(() -> exec(GuestCommand.of("true").withCwd("/no/such/folder")))
                .isInstanceOfSatisfying(
                        StreamException.class, e -> assertThat(e.errno()).hasValue(2));
    }

    @Test
    void argumentsEnvironmentAndFolderArriveAsTheyAre() throws Exception {
        GuestCommand command = new GuestCommand(
                List.of(
                        "sh".getBytes(StandardCharsets.UTF_8),
                        "-c".getBytes(StandardCharsets.UTF_8),
                        "printf '%s|' \"$1\" \"$V\" \"$PWD\" \"$HOME\"".getBytes(StandardCharsets.UTF_8),
                        "sh".getBytes(StandardCharsets.UTF_8),
                        new byte[] {'a', (byte) 0xFF, '\n', '\'', ' '}),
                List.of("V=x=y".getBytes(StandardCharsets.UTF_8)),
                folder.toString().getBytes(StandardCharsets.UTF_8),
                null,
                "",
                null);
        try (GuestProcess process = exec(command)) {
            assertThat(new String(all(process.stdout()), StandardCharsets.ISO_8859_1))
                    .isEqualTo("a\u00FF\n' |x=y|" + folder + "|" + System.getenv("HOME") + "|");
        }
    }

    @Test
    void inputHasAnEndAndOutputFollowsIt() throws Exception {
        try (GuestProcess process = shell("wc -c; echo done")) {
            type(process.stdin(), "12345");
            process.stdin().end();

            assertThat(text(process.stdout()).replace(" ", "")).isEqualTo("5\ndone\n");
            assertThat(end(process).exitCode()).isZero();
        }
    }

    @Test
    void aHundredMegabytesComeBackAsTheyWere() throws Exception {
        byte[] block = new byte[1 << 20];
        new Random(1).nextBytes(block);
        MessageDigest sent = MessageDigest.getInstance("SHA-256");
        MessageDigest got = MessageDigest.getInstance("SHA-256");
        try (GuestProcess process = exec(GuestCommand.of("cat"))) {
            Thread writer = Thread.startVirtualThread(() -> {
                try {
                    for (int i = 0; i < 100; i++) {
                        block[0] = (byte) i;
                        sent.update(block);
                        assertThat(process.stdin().write(block, 0, block.length, soon()))
                                .isEqualTo(block.length);
                    }
                    process.stdin().end();
                } catch (StreamException e) {
                    throw new IllegalStateException(e);
                }
            });
            long count = 0;
            for (Optional<byte[]> read = process.stdout().read(1 << 20, soon());
                    read.isPresent() && read.get().length > 0;
                    read = process.stdout().read(1 << 20, soon())) {
                got.update(read.get());
                count += read.get().length;
            }
            writer.join();
            assertThat(count).isEqualTo(100L << 20);
            assertThat(got.digest()).isEqualTo(sent.digest());
        }
    }

    @Test
    void fiftyChannelsAtOnceAreRight() throws Exception {
        try (ExecutorService each = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<String>> told = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                int number = i;
                told.add(each.submit(() -> {
                    try (GuestProcess process = shell("cat; echo err" + number + " >&2; exit " + number)) {
                        type(process.stdin(), "in" + number);
                        process.stdin().end();
                        return text(process.stdout())
                                + text(process.stderr())
                                + end(process).exitCode();
                    }
                }));
            }
            for (int i = 0; i < 50; i++) {
                assertThat(told.get(i).get()).isEqualTo("in" + i + "err" + i + "\n" + i);
            }
        }
        await().until(() -> guest.stream().size() == 0);
    }

    @Test
    void whoeverDoesNotReadHoldsUpHimselfAlone() throws Exception {
        try (GuestProcess endless = exec(GuestCommand.of("yes"));
                GuestProcess deaf = exec(GuestCommand.of("sleep", "1000"))) {
            byte[] much = new byte[1 << 20];
            int taken = deaf.stdin().write(much, 0, much.length, Deadline.after(Duration.ofMillis(200)));
            assertThat(taken).isLessThan(much.length);
            try (GuestProcess other = shell("echo other")) {
                assertThat(text(other.stdout())).isEqualTo("other\n");
            }
            assertThat(until(endless.stdout(), "y\ny\n")).isEqualTo("y\ny\n");
        }
    }

    /** Then the guest waits for each program before it takes more of what comes. */
    @Test
    void whatStartsBesideMuchInputIsToldAsEver() throws Exception {
        try (GuestProcess cat = exec(GuestCommand.of("sh", "-c", "exec cat >/dev/null"))) {
            byte[] much = new byte[1 << 20];
            for (String name : List.of("true", "missing")) {
                assertThat(cat.stdin().write(much, 0, much.length, soon())).isEqualTo(much.length);
                if (name.equals("missing")) {
                    assertThatThrownBy(() -> exec(GuestCommand.of("bellhop-" + name)))
                            .isInstanceOfSatisfying(
                                    StreamException.class,
                                    e -> assertThat(e.kind()).isEqualTo(StreamException.Kind.REFUSED));
                } else {
                    try (GuestProcess process = exec(GuestCommand.of(name))) {
                        assertThat(end(process).exitCode()).isZero();
                    }
                }
            }
            assertThat(cat.stdin().write(much, 0, much.length, soon())).isEqualTo(much.length);
            try (GuestProcess terminal =
                    exec(GuestCommand.of("sh", "-c", "stty size").withTerminal(30, 100))) {
                assertThat(text(terminal.stdout())).isEqualTo("30 100\r\n");
            }
        }
    }

    @Test
    void inputThatNobodyReadsIsAnError() throws Exception {
        try (GuestProcess process = shell("exec <&-; echo closed; sleep 1000")) {
            until(process.stdout(), "closed\n");
            assertThatThrownBy(() -> {
                        while (true) {
                            type(process.stdin(), "more");
                        }
                    })
                    .isInstanceOfSatisfying(
                            StreamException.class, e -> assertThat(e.kind()).isEqualTo(StreamException.Kind.UNREAD));
        }
    }

    @Test
    void theEndIsToldWhileSomethingStillHoldsTheOutput() throws Exception {
        try (GuestProcess process = shell("sleep 1000 & echo $!")) {
            String pid = until(process.stdout(), "\n").strip();
            assertThat(end(process).exitCode()).isZero();
            try (GuestProcess kill = exec(GuestCommand.of("kill", pid))) {
                assertThat(end(kill).exitCode()).isZero();
            }
            assertThat(text(process.stdout())).isEmpty();
        }
    }

    @Test
    void aTerminalHasASizeThatChangesAndKeysThatSignal() throws Exception {
        GuestCommand command = GuestCommand.of(
                        "sh",
                        "-c",
                        "stty -echo; stty size; echo $TERM; read line; echo \"<$line>\"; stty size; exec cat")
                .withEnv("TERM=xterm")
                .withTerminal(24, 80);
        try (GuestProcess process = exec(command)) {
            assertThat(until(process.stdout(), "xterm\r\n")).isEqualTo("24 80\r\nxterm\r\n");
            process.resize(new GuestCommand.Terminal(50, 132));
            type(process.stdin(), "key\n");
            assertThat(until(process.stdout(), "132\r\n")).isEqualTo("<key>\r\n50 132\r\n");
            type(process.stdin(), "\u0003");
            assertThat(end(process)).isEqualTo(new ProcessEnd(null, 2));
            assertThat(process.stderr().read(1, soon())).isEmpty();
        }
    }

    @Test
    void aTerminalIsToldWhenItsSizeChanges() throws Exception {
        GuestCommand command = GuestCommand.of(
                        "bash", "-c", "trap 'echo changed; exit' WINCH; sleep 1000 & echo ready; wait")
                .withTerminal(24, 80);
        try (GuestProcess process = exec(command)) {
            until(process.stdout(), "ready\r\n");
            process.resize(new GuestCommand.Terminal(25, 80));
            assertThat(text(process.stdout())).isEqualTo("changed\r\n");
        }
    }

    private GuestProcess interactive() throws StreamException {
        // What is typed stays out of the history of whoever runs this.
        return exec(GuestCommand.of("bash", "--norc", "-i")
                .withEnv("PS1=ready>", "HISTFILE=/dev/null")
                .withTerminal(24, 80));
    }

    /** Starts one in the background of a shell, in a group of its own. */
    private static long inBackground(GuestProcess shell, String job) throws StreamException {
        until(shell.stdout(), "ready>");
        type(shell.stdin(), job + " & echo pid=$!=\n");
        until(shell.stdout(), "\npid=");
        return Long.parseLong(until(shell.stdout(), "=").replace("=", ""));
    }

    @Test
    void aTerminalEndsWithItsShellWhateverStillHoldsIt() throws Exception {
        try (GuestProcess process = interactive()) {
            long job = inBackground(process, "sleep 1000");
            type(process.stdin(), "exit 4\n");
            all(process.stdout());
            assertThat(end(process)).isEqualTo(new ProcessEnd(4, null));
            assertThat(Processes.hasEnded(job)).isFalse();
            ProcessHandle.of(job).orElseThrow().destroy();
        }
    }

    @Test
    void aTerminalLivesOnWhenItsCommandHasClosedIt() throws Exception {
        String script = "exec </dev/null >/dev/null 2>&1; sleep 0.5; echo again >/dev/tty; exit 6";
        try (GuestProcess process = exec(GuestCommand.of("sh", "-c", script).withTerminal(24, 80))) {
            assertThat(text(process.stdout())).isEqualTo("again\r\n");
            assertThat(end(process).exitCode()).isEqualTo(6);
        }
    }

    @Test
    void aHangUpEndsAllInTheTerminalWithForceIfNeedBe() throws Exception {
        try (GuestProcess process = interactive()) {
            long job = inBackground(process, "(trap '' HUP; exec sleep 1000)");
            process.signal(1);
            await().until(() -> Processes.hasEnded(job));
            assertThat(end(process)).isNotEqualTo(new ProcessEnd(0, null));
        }
    }

    @Test
    void closingATerminalEndsAllInItWithForceIfNeedBe() throws Exception {
        GuestProcess process = interactive();
        long job = inBackground(process, "(trap '' HUP; exec sleep 1000)");
        process.close();
        await().until(() -> Processes.hasEnded(job));
    }

    @Test
    void allInTerminalsEndsWhenTheHostHasGone() throws Exception {
        long job = inBackground(interactive(), "(trap '' HUP; exec sleep 1000)");
        guest.stream().close();
        await().until(() -> Processes.hasEnded(job));
    }

    /** Tells in a file that it was hung up. It waits: dash loses a signal that comes as it starts a program. */
    private static String hangUp(Path told) {
        return "trap 'echo hup >" + told + ".new; mv " + told + ".new " + told
                + "; exit' HUP; sleep 60 & echo ready; wait";
    }

    @Test
    void closingHangsUp() throws Exception {
        Path told = folder.resolve("told");
        GuestProcess process = shell(hangUp(told));
        until(process.stdout(), "ready\n");
        process.close();

        await().until(() -> Files.exists(told));
        assertThat(Files.readString(told)).isEqualTo("hup\n");
        assertThatThrownBy(() -> process.stdout().read(1, soon()))
                .isInstanceOfSatisfying(
                        StreamException.class, e -> assertThat(e.kind()).isEqualTo(StreamException.Kind.CLOSED));
    }

    @Test
    void allIsHungUpWhenTheHostHasGone() throws Exception {
        Path told = folder.resolve("told");
        GuestProcess process = shell(hangUp(told));
        until(process.stdout(), "ready\n");
        guest.stream().close();

        await().until(() -> Files.exists(told));
        assertThatThrownBy(() -> process.awaitEnd(soon()))
                .isInstanceOfSatisfying(
                        StreamException.class, e -> assertThat(e.kind()).isEqualTo(StreamException.Kind.LOST));
        assertThatThrownBy(() -> shell("true")).isInstanceOf(StreamException.class);
    }

    @Test
    void aConnectionGoesBothWaysAndEndsInEach() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            CompletableFuture<String> heard = new CompletableFuture<>();
            Thread.startVirtualThread(() -> {
                try (Socket client = server.accept()) {
                    client.getOutputStream().write("hello".getBytes(StandardCharsets.UTF_8));
                    String all = new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                    client.getOutputStream().write(" bye".getBytes(StandardCharsets.UTF_8));
                    heard.complete(all);
                } catch (IOException e) {
                    heard.completeExceptionally(e);
                }
            });
            try (GuestConnection connection = guest.stream().connect("localhost", server.getLocalPort(), soon())) {
                until(connection.input(), "hello");
                type(connection.output(), "question");
                connection.output().end();
                assertThat(text(connection.input())).isEqualTo(" bye");
                assertThat(heard.get()).isEqualTo("question");
            }
        }
        await().until(() -> guest.stream().size() == 0);
    }

    @Test
    void aPortThatNobodyListensOnRefuses() throws Exception {
        assertThatThrownBy(() -> guest.stream().connect("127.0.0.1", 1, soon()))
                .isInstanceOfSatisfying(
                        StreamException.class, e -> assertThat(e.errno()).hasValue(111));
        // No part of a name may be so long, so that nobody is asked for it.
        assertThatThrownBy(() -> guest.stream().connect("x".repeat(64), 1, soon()))
                .hasMessageContaining("the name has no address");
    }

    private static byte[] bytes(Path path) {
        return path.toString().getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void filesAreWrittenReadAndChanged() throws Exception {
        byte[] data = new byte[1_000_000];
        new Random(2).nextBytes(data);
        Path path = folder.resolve("file");
        try (GuestFile file = guest.stream()
                .open(bytes(path), Set.of(Option.READ, Option.WRITE, Option.CREATE, Option.EXCLUSIVE), 0640, soon())) {
            List<CompletableFuture<?>> writes = new ArrayList<>();
            for (int at = 0; at < data.length; at += GuestFile.MAX_BYTES) {
                writes.add(file.write(at, data, at, Math.min(GuestFile.MAX_BYTES, data.length - at)));
            }
            for (CompletableFuture<?> write : writes) {
                write.get();
            }
            GuestFile.Stat stat = GuestFile.get(file.stat(), soon());
            assertThat(stat.size()).isEqualTo(data.length);
            assertThat(stat.mode() & 0777).isEqualTo(0640);
            assertThat(stat.isRegular()).isTrue();
            assertThat(stat.inode()).isEqualTo(Files.getAttribute(path, "unix:ino"));
            assertThat(GuestFile.get(file.realPath(), soon())).isEqualTo(bytes(path.toRealPath()));
            assertThat(GuestFile.get(file.read(999_990, 100), soon())).hasSize(10);
            assertThat(GuestFile.get(file.read(1_000_000, 100), soon())).isEmpty();
            assertThat(Files.readAllBytes(path)).isEqualTo(data);
            GuestFile.get(file.truncate(5), soon());
            GuestFile.get(file.changeMode(0600), soon());
            GuestFile.get(file.changeTimes(1_000_000_000L, 4_000_000_000L), soon());
            assertThat(Files.readAttributes(path, "unix:mode,size,lastAccessTime,lastModifiedTime"))
                    .containsEntry("mode", 0100600)
                    .containsEntry("size", 5L)
                    .containsEntry("lastAccessTime", FileTime.from(1_000_000_000L, TimeUnit.SECONDS))
                    .containsEntry("lastModifiedTime", FileTime.from(4_000_000_000L, TimeUnit.SECONDS));
        }
    }

    @Test
    void whatAFileRefusesIsAnErrorOfTheSystem() throws Exception {
        assertThatThrownBy(() -> guest.stream().open(bytes(folder.resolve("none")), Set.of(Option.READ), 0, soon()))
                .isInstanceOfSatisfying(
                        StreamException.class, e -> assertThat(e.errno()).hasValue(2));
        Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of("/etc/passwd"));
        assertThatThrownBy(() -> guest.stream().open(bytes(link), Set.of(Option.READ, Option.NO_FOLLOW), 0, soon()))
                .isInstanceOfSatisfying(
                        StreamException.class, e -> assertThat(e.errno()).hasValue(40));
        try (GuestFile file = guest.stream().open(bytes(link), Set.of(Option.READ), 0, soon())) {
            assertThat(new String(GuestFile.get(file.realPath(), soon()), StandardCharsets.UTF_8))
                    .isEqualTo("/etc/passwd");
            assertThatThrownBy(() -> GuestFile.get(file.write(0, new byte[1], 0, 1), soon()))
                    .isInstanceOfSatisfying(
                            StreamException.class, e -> assertThat(e.errno()).hasValue(9));
        }
    }

    @Test
    void onlySoManyChannelsAreOpenAtOnce() throws Exception {
        List<GuestProcess> open = new ArrayList<>();
        for (int i : IntStream.range(0, 64).toArray()) {
            open.add(exec(GuestCommand.of("sleep", "100" + i)));
        }
        assertThatThrownBy(() -> shell("true"))
                .isInstanceOfSatisfying(
                        StreamException.class, e -> assertThat(e.kind()).isEqualTo(StreamException.Kind.TOO_MANY));
        open.forEach(GuestProcess::close);
        await().until(() -> guest.stream().size() == 0);
        assertThat(end(shell("true")).exitCode()).isZero();
    }
}
