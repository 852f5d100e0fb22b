// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.guest.maintenance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The guard in the shell, with an rmdir and an fsfreeze that only pretend. */
@Timeout(120)
@Tag("real")
class ShellGuardTest {
    private static final Duration LONG = Duration.ofSeconds(40);
    private static final String NAME = "0123456789abcdef0123456789abcdef";

    @TempDir
    private Path folder;

    private long pid;

    @BeforeEach
    void pretend() throws IOException {
        program("rmdir", "echo >>probes; while [ -e frozen ] || [ -e slow ]; do sleep 0.05; done; exit 1");
        program("fsfreeze", "echo >>thaws; [ -e frozen ] && exec rm frozen; echo 'Invalid argument' >&2; exit 1");
    }

    private void program(String name, String does) throws IOException {
        Path file = Files.writeString(folder.resolve(name), "#!/bin/sh\ncd " + folder + "\n" + does + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
    }

    /** Starts one for a place that is always there. */
    private void start(int leaseSeconds) throws Exception {
        ProcessBuilder builder =
                new ProcessBuilder("sh", "-c", script(), "sh", NAME, Integer.toString(leaseSeconds), "60", "/proc");
        builder.environment().put("PATH", folder + ":" + System.getenv("PATH"));
        Process starter = builder.start();
        String said = new String(starter.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        assertThat(said).matches("bellhop " + NAME + " ready [0-9]+ fsfreeze");
        pid = Long.parseLong(said.split(" ", -1)[3]);
    }

    private static String script() throws IOException {
        try (InputStream in = ThawGuards.class.getResourceAsStream("guard-shell.sh")) {
            return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** One that has ended has no command line, although nobody may have asked for its end yet. */
    private boolean isThere() throws IOException {
        try {
            return Files.readAllBytes(Path.of("/proc/" + pid + "/cmdline")).length > 0;
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    /** How often a program was run. */
    private long times(String log) throws IOException {
        return Files.exists(folder.resolve(log)) ? Files.size(folder.resolve(log)) : 0;
    }

    private void make(String file) throws IOException {
        Files.createFile(folder.resolve(file));
    }

    @AfterEach
    void stop() throws IOException {
        Files.deleteIfExists(folder.resolve("slow"));
        Files.deleteIfExists(folder.resolve("frozen"));
        if (pid != 0) {
            ProcessHandle.of(pid).ifPresent(ProcessHandle::destroy);
            await().atMost(LONG).until(() -> !isThere());
        }
    }

    @Test
    void itLooksAgainAndAgainAndThawsWhatIsFrozenWhenTheLeaseIsOver() throws Exception {
        start(1);
        await().atMost(LONG).until(() -> times("probes") > 5);
        make("frozen");
        await().atMost(LONG).until(() -> !Files.exists(folder.resolve("frozen")));
        // It is there for a while longer: the agent may be at it still.
        await().atMost(LONG).until(() -> !isThere());
    }

    @Test
    void aThawOfNothingIsNotTheEndNorIsAWordThatItMayGo() throws Exception {
        start(1);
        make("slow");
        await().atMost(LONG).until(() -> times("thaws") > 45);
        ProcessHandle.of(pid).orElseThrow().destroy();
        long before = times("thaws");
        await().atMost(LONG).until(() -> times("thaws") > before + 5);
        make("frozen");
        await().atMost(LONG).until(() -> !Files.exists(folder.resolve("frozen")));
        Files.delete(folder.resolve("slow"));
        await().atMost(LONG).until(() -> !isThere());
    }
}
