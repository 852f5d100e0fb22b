// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.file;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.cli.Cli;
import dev.bellhop.cli.RealServer;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is copied into a VM that has not the size that it tells, or not for long. */
@Timeout(120)
@Tag("real")
class FileSourcesTest {
    private static final int LARGE = 20_000_000;

    @TempDir
    private Path folder;

    private RealServer real;
    private Path guest;
    private Path here;

    @BeforeEach
    void start() throws Exception {
        real = RealServer.start(folder);
        guest = Files.createDirectory(folder.resolve("guest")).toRealPath();
        here = Files.createDirectory(folder.resolve("here")).toRealPath();
    }

    @AfterEach
    void stop() {
        real.close();
    }

    private static void succeeded(Cli.Run run) {
        assertThat(run.exitCode()).as(run.err()).isZero();
    }

    private static String mode(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }

    private static void setMode(Path file, String mode) throws IOException {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
    }

    private static byte[] large() {
        byte[] bytes = new byte[LARGE];
        Arrays.fill(bytes, (byte) 'x');
        return bytes;
    }

    @Test
    void whatComesOutOfAPipeIsCopiedWithoutThePipesMode() throws Exception {
        Path pipe = here.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", "-m", "600", pipe.toString())
                        .start()
                        .waitFor())
                .isZero();
        Path there = Files.writeString(guest.resolve("there"), "old");
        setMode(there, "rw-r-----");
        for (Path target : new Path[] {there, guest.resolve("new")}) {
            Thread.ofVirtual().start(() -> {
                try {
                    Files.write(pipe, large(), StandardOpenOption.WRITE);
                } catch (IOException e) {
                    // Then the copy is not as long.
                }
            });
            succeeded(real.run("cp", pipe.toString(), "1:" + target));
            assertThat(Files.readAllBytes(target)).isEqualTo(large());
        }
        assertThat(mode(there)).isEqualTo("rw-r-----");
        assertThat(mode(guest.resolve("new"))).isEqualTo("rw-r--r--");
    }

    /** The first says that it is empty, the second that it has a page. */
    @Test
    void filesOfTheKernelAreCopiedWhole() throws Exception {
        for (String file : new String[] {"/proc/version", "/sys/class/net/lo/mtu"}) {
            succeeded(real.run("cp", file, "1:" + guest.resolve("f")));
            assertThat(Files.readString(guest.resolve("f"))).isNotEmpty().isEqualTo(Files.readString(Path.of(file)));
            assertThat(mode(guest.resolve("f"))).isEqualTo(mode(Path.of(file)));
        }
    }

    @Test
    void anEmptyFileIsCopiedWithItsMode() throws Exception {
        Path empty = Files.createFile(here.resolve("empty"));
        setMode(empty, "rwx------");
        succeeded(real.run("cp", empty.toString(), "1:" + guest.resolve("f")));
        assertThat(guest.resolve("f")).isEmptyFile();
        assertThat(mode(guest.resolve("f"))).isEqualTo("rwx------");
    }

    @Test
    void aFileThatIsResizedWhileItIsSentReplacesNothing() throws Exception {
        Path source = here.resolve("f");
        Path target = Files.writeString(guest.resolve("f"), "old");
        for (int size : new int[] {LARGE + 1, LARGE - 1}) {
            Files.write(source, large());
            try (BreakingRelay relay =
                    new BreakingRelay(real.server.uri().getPort(), 5_000_000, 1, Duration.ofSeconds(2))) {
                Map<String, String> env = new HashMap<>(real.env);
                env.put("BELLHOP_URL", "http://127.0.0.1:" + relay.port());
                Thread resizing = Thread.ofVirtual().start(() -> {
                    Awaitility.await().until(() -> relay.left() == 0);
                    resize(source, size);
                });
                Duration most = Duration.ofSeconds(30);
                Cli.Run run = Cli.run(env, Cli.TERMINAL, most, most, "cp", source.toString(), "1:" + target);
                resizing.join();
                assertThat(run.exitCode()).isEqualTo(1);
                assertThat(run.err())
                        .contains("Cannot copy " + source + " because it became "
                                + (size > LARGE ? "longer" : "shorter") + " while it was sent");
            }
            assertThat(target).hasContent("old");
            try (Stream<Path> all = Files.list(guest)) {
                assertThat(all).containsExactly(target);
            }
        }
    }

    private static void resize(Path file, int size) {
        try {
            Files.write(
                    file, Arrays.copyOf(large(), size), StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void standardInputThatFailsReplacesNothing() throws Exception {
        Path target = Files.writeString(guest.resolve("f"), "old");
        InputStream failing = new FilterInputStream(new ByteArrayInputStream(new byte[100_000])) {
            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                int count = super.read(bytes, offset, length);
                if (count < 0) {
                    throw new IOException("it is gone");
                }
                return count;
            }
        };
        Cli.Run run = real.run(RealServer.pipe(failing), "cp", "-", "1:" + target);
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("Cannot read all of standard input: it is gone; nothing was written");
        assertThat(target).hasContent("old");
    }

    @Test
    void aSlashAtTheEndOfTheTargetAsksForADirectory() throws Exception {
        Path file = Files.writeString(here.resolve("f"), "x", StandardCharsets.UTF_8);
        Path there = Files.writeString(guest.resolve("g"), "y", StandardCharsets.UTF_8);
        String[][] copies = {
            {"cp", file.toString(), "1:" + guest + "/missing/"},
            {"cp", "-", "1:" + guest + "/missing/"},
            {"cp", file.toString(), "1:" + there + "/"},
            {"cp", "1:" + there, here + "/missing/"},
            {"cp", "1:" + there, file + "/."},
        };
        for (String[] copy : copies) {
            Cli.Run run = real.run(RealServer.pipe(new byte[] {'z'}), copy);
            assertThat(run.exitCode()).isEqualTo(1);
            assertThat(run.err()).contains("Cannot copy to " + copy[2] + " because it is no directory");
        }
        assertThat(here.resolve("missing")).doesNotExist();
        assertThat(guest.resolve("missing")).doesNotExist();
        assertThat(there).hasContent("y");

        succeeded(real.run("cp", "-r", here.toString(), "1:" + guest + "/missing/"));
        succeeded(real.run("cp", file.toString(), "1:" + guest + "/missing/"));
        assertThat(guest.resolve("missing/f")).hasContent("x");
    }
}
