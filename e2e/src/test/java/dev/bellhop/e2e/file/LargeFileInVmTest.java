// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.bellhop.e2e.support.LargeFile;
import dev.bellhop.e2e.support.ProcessUsage;
import dev.bellhop.e2e.support.TestBed;
import dev.bellhop.e2e.support.VmCommands;
import dev.bellhop.testkit.Checkout;
import dev.bellhop.testkit.GuestImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Copies a large file into a real VM and back with {@code bellhop cp}, while the server is killed half-way each time. */
@Timeout(1800)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Tag("real")
@Tag("vm")
@Tag("full")
class LargeFileInVmTest {
    private static final long SIZE = 512L << 20;
    /** An emulated VM takes some minutes for a file of this size. */
    private static final Duration COPY_TIMEOUT = Duration.ofMinutes(12);

    private static final String GUEST_FOLDER = "/var/tmp/large";
    private static final String GUEST_FILE = GUEST_FOLDER + "/file";

    /** What the server may use of memory at the most, however large the file is. */
    private static final long MAX_RESIDENT_KIB = 512 << 10;

    private Path folder;
    private TestBed bed;
    private VmCommands commands;

    @BeforeAll
    void start(@TempDir Path scratch) throws Exception {
        folder = scratch;
        bed = TestBed.start(folder, GuestImage.DEBIAN);
        commands = new VmCommands(bed.v2());
        commands.run("mkdir " + GUEST_FOLDER);
    }

    @AfterAll
    void stop() throws Exception {
        if (bed != null) {
            commands.close();
            bed.close();
        }
    }

    @Test
    void aFileSurvivesAKilledServerOnItsWayInAndOut() throws Exception {
        Path sent = LargeFile.make(folder.resolve("sent"), SIZE);
        String digest = LargeFile.digest(sent);

        copy(sent.toString(), TestBed.VMID + ":" + GUEST_FILE, () -> sizeInTheGuest() > SIZE / 4);
        assertThat(commands.run("sha256sum <" + GUEST_FILE)).startsWith(digest + " ");
        assertThat(commands.run("ls -A " + GUEST_FOLDER)).isEqualTo("file\n");

        Path back = Files.createDirectory(folder.resolve("back"));
        Path file = back.resolve("file");
        copy(TestBed.VMID + ":" + GUEST_FILE, file.toString(), () -> sizeOfPart(back) > SIZE / 4);
        assertThat(LargeFile.digest(file)).isEqualTo(digest);
        try (DirectoryStream<Path> files = Files.newDirectoryStream(back)) {
            assertThat(files).containsExactly(file);
        }
        assertThat(peakResidentKib()).isLessThan(MAX_RESIDENT_KIB);
    }

    /** Kills the server once this holds, and starts it again. */
    private void copy(String from, String to, BooleanSupplier isHalfWay) throws Exception {
        long begin = System.nanoTime();
        CompletableFuture<Checkout.Ended> copying = CompletableFuture.supplyAsync(() -> bellhop("cp", from, to));
        await().atMost(Duration.ofMinutes(10))
                .pollInterval(Duration.ofMillis(20))
                .until(() -> copying.isDone() || isHalfWay.getAsBoolean());
        assertThat(copying).as("it was to be killed half-way").isNotDone();
        bed.server().killAndRestart();
        Checkout.Ended ended = copying.get(20, TimeUnit.MINUTES);
        double seconds = (System.nanoTime() - begin) / 1e9;
        System.out.printf(
                "%s: %d MiB in %.1f s with a server killed in between, peak resident %d MiB%n",
                from.startsWith("/") ? "into the VM" : "out of the VM", SIZE >> 20, seconds, peakResidentKib() >> 10);
        assertThat(ended.exitCode()).as(ended.stderr()).isZero();
        assertThat(ended.stderr()).contains("trying again");
    }

    private Checkout.Ended bellhop(String... arguments) {
        List<String> command = new ArrayList<>(List.of("./bellhop"));
        command.addAll(List.of(arguments));
        try {
            Map<String, String> environment = Map.of(
                    "BELLHOP_URL",
                    bed.server().url().toString(),
                    "BELLHOP_KEY",
                    bed.server().adminKey());
            return Checkout.run(folder, environment, command, COPY_TIMEOUT);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new CompletionException(e);
        }
    }

    /** Of all that is there of it, under its name or not. */
    private long sizeInTheGuest() {
        try {
            return Long.parseLong(commands.run("stat -c %s " + GUEST_FOLDER + "/.[!.]* 2>/dev/null || echo 0")
                    .strip());
        } catch (InterruptedException e) {
            throw new CompletionException(e);
        }
    }

    private static long sizeOfPart(Path folder) {
        long size = 0;
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, ".bellhop-*")) {
            for (Path file : files) {
                size += Files.size(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return size;
    }

    private long peakResidentKib() throws IOException {
        return ProcessUsage.of(bed.server().pid()).peakKib();
    }
}
