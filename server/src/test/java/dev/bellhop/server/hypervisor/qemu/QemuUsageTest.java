// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.qemu;

import static dev.bellhop.server.hypervisor.qemu.FakeMonitor.EMPTY;
import static dev.bellhop.server.hypervisor.qemu.FakeMonitor.GREETING;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.vm.VmUsage;
import dev.bellhop.server.vm.VmUsage.Disk;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The answers are those of QEMU 10, shortened. The process behind the monitor is the test's own. */
@Timeout(60)
class QemuUsageTest {
    private static final String CPUS = returned("[{\"cpu-index\": 0}, {\"cpu-index\": 1}]");
    private static final String BALLOON = returned("{\"actual\": 134217728}");
    private static final String MEMORY = returned("{\"base-memory\": 268435456, \"plugged-memory\": 1024}");
    private static final String BLOCK = returned("[{\"device\": \"main\", \"inserted\": {\"image\": {\"virtual-size\":"
            + " 1073741824, \"filename\": \"/secret\"}, \"node-name\": \"#block243\"},"
            + " \"qdev\": \"/machine/peripheral-anon/device[1]/virtio-backend\"},"
            + " {\"device\": \"ide0-cd0\", \"removable\": true, \"qdev\": \"/machine/unattached/device[16]\"},"
            + " {\"device\": \"\", \"inserted\": {\"image\": {\"virtual-size\": 67108864}, \"node-name\": \"n0\"},"
            + " \"qdev\": \"/machine/peripheral/vdb/virtio-backend\"}]");
    private static final String STATS = returned("[{\"device\": \"\", \"stats\": {\"rd_bytes\": 3, \"wr_bytes\": 4},"
            + " \"qdev\": \"/machine/peripheral/vdb/virtio-backend\"},"
            + " {\"device\": \"main\", \"stats\": {\"rd_bytes\": 1, \"wr_bytes\": 2},"
            + " \"qdev\": \"/machine/peripheral-anon/device[1]/virtio-backend\"}]");
    private static final String REFUSED = "{\"error\": {\"class\": \"CommandNotFound\", \"desc\": \"no\"}}\r\n";

    @TempDir
    private Path folder;

    private FakeMonitor monitor;

    @BeforeEach
    void start() {
        monitor = FakeMonitor.start(folder.resolve("m.sock"));
    }

    @AfterEach
    void stop() {
        monitor.close();
    }

    private static String returned(String json) {
        return "{\"return\": " + json + "}\r\n";
    }

    private VmUsage usage(String answers) {
        monitor.says(GREETING + EMPTY + answers);
        return QemuUsage.of(monitor.socket(), Deadline.after(Duration.ofSeconds(30)));
    }

    @Test
    void theMonitorAndTheKernelTellWhatAVmUses() {
        VmUsage usage = usage(CPUS + REFUSED + MEMORY + BLOCK + STATS);

        assertThat(usage.cpus()).isEqualTo(2);
        assertThat(usage.memoryBytes()).isEqualTo(268435456 + 1024);
        assertThat(usage.disks())
                .containsExactly(new Disk("main", 1073741824L, 1L, 2L), new Disk("vdb", 67108864L, 3L, 4L));
        assertThat(usage.cpuTime()).isPositive();
        assertThat(usage.residentBytes()).isBetween(1L << 20, 1L << 40);
        assertThat(usage.networks()).isEmpty();
    }

    @Test
    void aBalloonTellsWhatItHasLeft() {
        assertThat(usage(CPUS + BALLOON + MEMORY + BLOCK + STATS).memoryBytes()).isEqualTo(134217728);
    }

    @Test
    void whatAnOlderQemuLacksIsAbsentAndTheRestIsTold() {
        VmUsage usage = usage(REFUSED + REFUSED + REFUSED + BLOCK + REFUSED);

        assertThat(usage.cpus()).isNull();
        assertThat(usage.memoryBytes()).isNull();
        assertThat(usage.disks())
                .containsExactly(new Disk("main", 1073741824L, null, null), new Disk("vdb", 67108864L, null, null));
        assertThat(usage.residentBytes()).isPositive();
    }

    @Test
    void whatCannotBeIsAbsent() {
        VmUsage usage = usage(returned("{}")
                + returned("{\"actual\": -1}")
                + returned("{\"base-memory\": 1e30}")
                + returned("[7, null, {\"device\": \"a\\u001b[2J\", \"inserted\": {\"image\": {\"virtual-size\":"
                        + " \"9\"}}}, {\"device\": 7, \"inserted\": true}]")
                + returned("{\"stats\": 5}"));

        assertThat(usage.cpus()).isNull();
        assertThat(usage.memoryBytes()).isNull();
        assertThat(usage.disks()).containsExactly(new Disk("disk0", null, null, null));
    }

    @Test
    void ofAMonitorThatDoesNotAnswerTheProcessIsKnown() {
        monitor.says("");
        VmUsage usage = QemuUsage.of(monitor.socket(), Deadline.after(Duration.ofMillis(200)));

        assertThat(usage.cpus()).isNull();
        assertThat(usage.disks()).isEmpty();
        assertThat(usage.residentBytes()).isPositive();
    }

    @Test
    void nothingIsKnownOfAVmThatIsOff() {
        assertThat(QemuUsage.of(folder.resolve("none"), Deadline.after(Duration.ofSeconds(30))))
                .isEqualTo(VmUsage.UNKNOWN);
    }
}
