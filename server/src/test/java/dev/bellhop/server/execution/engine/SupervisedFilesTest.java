// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionIds;
import dev.bellhop.server.execution.ExecutionState;
import dev.bellhop.server.execution.FakeVm;
import dev.bellhop.server.execution.OpenFiles;
import dev.bellhop.server.execution.OutputStreamName;
import dev.bellhop.server.execution.follow.SpoolTrimmer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What commands leave on the disk of their guest, and for how long. */
@Tag("real")
class SupervisedFilesTest extends SupervisedGuest {
    /** Files keep their lengths and lose their blocks. */
    @Test
    void aCommandThatWritesALotDoesNotFillTheGuestsDisk() throws Exception {
        Execution running = begin(script("yes 0123456 | head -c 60000000; " + until("go")));
        Path file = folder.resolve("spool").resolve(running.id() + ".out");

        eventually().until(() -> now(running).output().stdoutBytes() == 60_000_000);
        eventually().until(() -> blocks(file) < 2 * SpoolTrimmer.STEP);
        assertThat(Files.size(file)).isEqualTo(60_000_000);
        touch("go");
        exited(end(running), 0);
        assertThat(store.output(running.id(), OutputStreamName.STDOUT, 30_000_000, 16))
                .asString(StandardCharsets.UTF_8)
                .isEqualTo("0123456\n0123456\n");
    }

    @Test
    void whatIsStoredIsRemovedFromTheGuest() {
        Execution ended = run(script("echo out"));

        assertThat(ended.state()).isEqualTo(ExecutionState.EXITED);
        eventually().untilAsserted(() -> {
            try (Stream<Path> files = Files.list(folder.resolve("spool"))) {
                assertThat(files).isEmpty();
            }
        });
    }

    @Test
    void cleaningASpoolLeavesAloneWhatIsNotStored() throws Exception {
        Path old = oldEnd(new ExecutionIds(Clock.systemUTC()).next());
        Execution running = begin(script(until("go")));
        // As in a guest whose clock has gone far ahead.
        Path followed = oldEnd(running.id());

        Execution stored = run(script("true"));

        // The claim of one that was asked for goes last.
        eventually().until(() -> !Files.exists(folder.resolve("spool").resolve(stored.id() + ".run")));
        assertThat(old).doesNotExist();
        assertThat(followed).exists();
        touch("go");
        exited(end(running), 0);
    }

    /** Or the agent of a server that is killed now and then would have no more files to open one day. */
    @Test
    void whatAKilledServerHasLeftOpenIsClosed() throws Exception {
        Execution running = begin(script("echo one; " + until("go") + "; echo two; " + until("end")));
        awaitStdout(running, "one\n");
        eventually().until(() -> !store.unfinished().getFirst().files().equals(OpenFiles.NONE));
        assertThat(open(running)).isEqualTo(2);
        // Nothing reaches the agent any more.
        vm.close();
        executions.close();
        assertThat(open(running)).isEqualTo(2);
        vm = new FakeVm(agent.socket());
        startServer(Clock.systemUTC());

        touch("go");
        awaitStdout(running, "one\ntwo\n");
        assertThat(open(running)).isEqualTo(2);
        touch("end");
        exited(end(running), 0);
        eventually().until(() -> open(running) == 0);
    }

    /** How many of its files the agent has open. */
    private int open(Execution execution) throws IOException {
        int open = 0;
        try (DirectoryStream<Path> files =
                Files.newDirectoryStream(Path.of("/proc", Long.toString(agent.pid()), "fd"))) {
            for (Path file : files) {
                try {
                    open += Files.readSymbolicLink(file).toString().contains(execution.id() + ".") ? 1 : 0;
                } catch (NoSuchFileException e) {
                    // Closed meanwhile.
                }
            }
        }
        return open;
    }

    private Path oldEnd(ExecutionId id) throws IOException {
        Path file = Files.createDirectories(folder.resolve("spool")).resolve(id + ".end");
        Files.writeString(file, "exited 0\n");
        return Files.setLastModifiedTime(
                file, FileTime.from(Clock.systemUTC().instant().minus(Duration.ofDays(30))));
    }

    private static long blocks(Path file) throws Exception {
        Process stat = new ProcessBuilder("stat", "-c", "%b", file.toString()).start();
        return 512 * Long.parseLong(new String(stat.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip());
    }
}
