// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.file;

import static dev.bellhop.cli.Processes.exitCode;
import static dev.bellhop.cli.Processes.read;
import static dev.bellhop.cli.Processes.signal;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.cli.Cli;
import dev.bellhop.cli.LostAnswerRelay;
import dev.bellhop.cli.RealServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code bellhop edit}, against a real server and a real agent. */
@Timeout(120)
@Tag("real")
class EditCommandTest {
    /** A JVM leaves SIGINT ignored where it was at its start, as it is in jobs that a script runs in the background. */
    private static final List<String> FOREGROUND = List.of("env", "--default-signal=INT");

    private static final String WHERE = "What you wrote is in ";
    private static final String BESIDE = "What the editor has left beside it is in ";

    @TempDir
    private Path folder;

    private RealServer real;
    private Path guest;
    private Path file;

    @BeforeEach
    void start() throws Exception {
        real = RealServer.start(folder);
        guest = Files.createDirectory(folder.resolve("guest")).toRealPath();
        file = Files.writeString(guest.resolve("conf"), "old\n", StandardCharsets.UTF_8);
    }

    @AfterEach
    void stop() {
        real.close();
    }

    /** As an editor, runs a script whose argument is the copy. */
    private void editor(String script) throws Exception {
        Path editor = Files.writeString(folder.resolve("editor"), "#!/bin/sh\n" + script + "\n");
        Files.setPosixFilePermissions(editor, PosixFilePermissions.fromString("rwx------"));
        real.env.put("VISUAL", editor.toString());
    }

    private static String kept(String err) throws Exception {
        assertThat(err).contains(WHERE);
        Path kept = Path.of(err.substring(err.indexOf(WHERE) + WHERE.length()).strip());
        String text = Files.readString(kept);
        Files.delete(kept);
        Files.delete(kept.getParent());
        return text;
    }

    @Test
    void theCopyCanBeEditedWhateverTheModeAndTheFileKeepsIts() throws Exception {
        for (String mode : new String[] {"r--r-----", "---------", "rwxr-xr-x"}) {
            Files.writeString(file, "old\n");
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
            Path seen = folder.resolve("seen");
            editor("stat -c %a \"$1\" >" + seen + "; echo new >>\"$1\"");

            Cli.Run run = real.run("edit", "1:" + file);

            assertThat(run.exitCode()).as(run.err()).isZero();
            assertThat(seen).hasContent("600");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                    .isEqualTo(mode);
            assertThat(Files.readString(file)).isEqualTo("old\nnew\n");
        }
    }

    @Test
    void nothingIsLeftHereOnceItIsSaved() throws Exception {
        Path seen = folder.resolve("seen");
        editor("dirname \"$1\" >" + seen + "; cp \"$1\" \"$1~\"; echo new >>\"$1\"");

        Cli.Run run = real.run("edit", "1:" + file);

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(Path.of(Files.readString(seen).strip())).doesNotExist();
    }

    @Test
    void whatWasSavedIsNotTakenForSomebodyElsesChange() throws Exception {
        editor("echo new >>\"$1\"");
        try (LostAnswerRelay relay = new LostAnswerRelay(real.server.uri().getPort(), "PUT")) {
            real.env.put("BELLHOP_URL", relay.url());

            Cli.Run run = real.run("edit", "1:" + file);

            assertThat(run.exitCode()).as(run.err()).isZero();
            assertThat(relay.hasLostOne()).isTrue();
        }
        assertThat(Files.readString(file)).isEqualTo("old\nnew\n");
        try (Stream<Path> all = Files.list(guest)) {
            assertThat(all).containsExactly(file);
        }
    }

    @Test
    void whatAFailedEditorHasWrittenIsKept() throws Exception {
        editor("echo new >>\"$1\"; exit 3");

        Cli.Run run = real.run("edit", "1:" + file);

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("because the editor ended with 3; nothing was saved");
        assertThat(kept(run.err())).isEqualTo("old\nnew\n");
        assertThat(Files.readString(file)).isEqualTo("old\n");
    }

    private static Path keptFolder(String err) {
        assertThat(err).contains(BESIDE).doesNotContain(WHERE);
        return Path.of(err.substring(err.indexOf(BESIDE) + BESIDE.length()).strip());
    }

    @Test
    void whatAKilledEditorHasLeftBesideTheCopyIsKept() throws Exception {
        editor("echo unsaved >\"$(dirname \"$1\")/.conf.swp\"; kill -KILL $$");

        Cli.Run run = real.run("edit", "1:" + file);

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("because the editor ended with 137; nothing was saved");
        Path kept = keptFolder(run.err());
        assertThat(kept.resolve(".conf.swp")).hasContent("unsaved");
        assertThat(kept.resolve("conf")).hasContent("old");
        Files.delete(kept.resolve(".conf.swp"));
        Files.delete(kept.resolve("conf"));
        Files.delete(kept);
    }

    @Test
    void whatIsLeftWithoutTheCopyIsKept() throws Exception {
        editor("echo new >>\"$1\"; mv \"$1\" \"$1.save\"");

        Cli.Run run = real.run("edit", "1:" + file);

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("Cannot read what the editor has left of ");
        Path kept = keptFolder(run.err());
        assertThat(kept.resolve("conf.save")).hasContent("old\nnew");
        Files.delete(kept.resolve("conf.save"));
        Files.delete(kept);
    }

    @Test
    void nothingIsLeftHereWhereAnEditorFailsAndHasDoneNothing() throws Exception {
        Path seen = folder.resolve("seen");
        editor("dirname \"$1\" >" + seen + "; exit 3");

        Cli.Run run = real.run("edit", "1:" + file);

        assertThat(run.err()).endsWith("because the editor ended with 3; nothing was saved\n");
        assertThat(Path.of(Files.readString(seen).strip())).doesNotExist();
    }

    /** A terminal sends it to all processes of a group. */
    @Test
    void ctrlCIsTheEditorsWhileItRuns() throws Exception {
        Path ready = folder.resolve("ready");
        Path go = folder.resolve("go");
        editor("trap '' INT; :>" + ready + "; until [ -e " + go + " ]; do sleep 0.1; done; echo new >>\"$1\"");
        Process bellhop = real.process(List.of("setsid", "env", "--default-signal=INT"), "edit", "1:" + file);
        try {
            Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> Files.exists(ready));
            for (int i = 0; i < 2; i++) {
                Process kill = new ProcessBuilder("sh", "-c", "kill -s INT -- -" + bellhop.pid()).start();
                assertThat(kill.waitFor()).as(read(kill.getErrorStream())).isZero();
            }
            Awaitility.await()
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> !threads(bellhop).contains("SIGINT handler"));
            Files.createFile(go);

            assertThat(exitCode(bellhop)).as(read(bellhop.getErrorStream())).isZero();
        } finally {
            bellhop.destroyForcibly();
        }
        assertThat(Files.readString(file)).isEqualTo("old\nnew\n");
    }

    /** Asks through the thread that dispatches signals, so every signal that was sent before has its handler by then. */
    private static String threads(Process jvm) throws IOException, InterruptedException {
        Process jcmd = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                        Long.toString(jvm.pid()),
                        "Thread.print")
                .redirectErrorStream(true)
                .start();
        String threads = read(jcmd.getInputStream());
        assertThat(jcmd.waitFor()).as(threads).isZero();
        return threads;
    }

    @Test
    void ctrlCWhileItIsSavedLosesNothing() throws Exception {
        editor("head -c 2000000 /dev/zero >\"$1\"");
        try (BreakingRelay relay = new BreakingRelay(real.server.uri().getPort(), 500_000, 1, Duration.ofMinutes(1))) {
            real.env.put("BELLHOP_URL", "http://127.0.0.1:" + relay.port());
            Process bellhop = real.process(FOREGROUND, "edit", "1:" + file);
            try {
                Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> relay.left() == 0);
                signal(bellhop, "INT");

                assertThat(exitCode(bellhop)).isEqualTo(130);
                String err = read(bellhop.getErrorStream());
                assertThat(err).contains("Stopped; 1:" + file + " may be saved, or as it was");
                assertThat(kept(err)).hasSize(2_000_000);
            } finally {
                bellhop.destroyForcibly();
            }
        }
        assertThat(Files.readString(file)).isEqualTo("old\n");
    }

    /** The first has the server give up what it has of the file, which takes as long as the server does. */
    @Test
    void whoeverPressesCtrlCTwiceIsToldWhereTheTextIs() throws Exception {
        editor("head -c 2000000 /dev/zero >\"$1\"");
        try (BreakingRelay relay = new BreakingRelay(real.server.uri().getPort(), 500_000, 1, Duration.ofMinutes(1))) {
            real.env.put("BELLHOP_URL", "http://127.0.0.1:" + relay.port());
            Process bellhop = real.process(FOREGROUND, "edit", "1:" + file);
            try {
                Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> relay.left() == 0);
                relay.answerNoMore();
                signal(bellhop, "INT");
                Awaitility.await().atMost(Duration.ofSeconds(60)).until(relay::hasOneWaiting);
                signal(bellhop, "INT");

                assertThat(exitCode(bellhop)).isEqualTo(130);
                assertThat(kept(read(bellhop.getErrorStream()))).hasSize(2_000_000);
            } finally {
                bellhop.destroyForcibly();
            }
        }
        assertThat(Files.readString(file)).isEqualTo("old\n");
    }
}
