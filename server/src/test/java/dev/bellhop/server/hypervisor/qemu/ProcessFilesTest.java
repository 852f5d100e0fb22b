// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.vm.VmUsage.Network;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The files are as Linux 6.12 writes them. */
class ProcessFilesTest {
    @TempDir
    private Path folder;

    private ProcessFiles files;

    @BeforeEach
    void start() throws Exception {
        files = new ProcessFiles(folder);
        Files.createDirectory(folder.resolve("fdinfo"));
        Files.createDirectory(folder.resolve("net"));
        Files.writeString(folder.resolve("net").resolve("dev"), """
                Inter-|   Receive                                                |  Transmit
                 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
                    lo: 54283460351 82079803    0    0    0     0          0         0 54283460351 82079803    0    0    0     0       0          0
                 tap10: 1000      10    0    0    0     0          0         0 2000      20    0    0    0     0       0          0
                tap100i0:3000      10    0    0    0     0          0         0 4000      20    0    0    0     0       0          0
                """);
    }

    private void opened(String fd, String interfaceName) throws Exception {
        Files.writeString(
                folder.resolve("fdinfo").resolve(fd),
                "pos:\t0\nflags:\t0104002\nmnt_id:\t27\nino:\t102\niff:\t" + interfaceName + "\n");
    }

    @Test
    void theTapsOfAProcessAreCountedAsItsGuestSeesThem() throws Exception {
        Files.writeString(folder.resolve("fdinfo").resolve("0"), "pos:\t0\nflags:\t02\nmnt_id:\t27\nino:\t5\n");
        opened("7", "tap10");
        opened("8", "tap10");
        opened("9", "tap100i0");
        opened("10", "gone");

        assertThat(files.networks())
                .containsExactly(
                        new Network("gone", null, null),
                        new Network("tap10", 2000L, 1000L),
                        new Network("tap100i0", 4000L, 3000L));
    }

    @Test
    void anotherInterfaceOfTheNodeIsNotTheVms() {
        assertThat(files.networks()).isEmpty();
    }

    @Test
    void whatIsNotThereIsNotKnown() {
        ProcessFiles ended = new ProcessFiles(folder.resolve("none"));

        assertThat(ended.networks()).isEmpty();
        assertThat(ended.residentBytes()).isEmpty();
    }

    @Test
    void theResidentMemoryIsInKibibytes() throws Exception {
        Files.writeString(folder.resolve("status"), "Name:\tqemu\nVmHWM:\t  999 kB\nVmRSS:\t  123 kB\nThreads:\t3\n");

        assertThat(files.residentBytes()).contains(123L * 1024);
    }
}
