// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.vm.FileSystemFreeze;
import dev.bellhop.api.v2.vm.FreezeOptions;
import dev.bellhop.e2e.support.DiskWriter;
import dev.bellhop.e2e.support.TestBed;
import dev.bellhop.e2e.support.VmCommands;
import dev.bellhop.testkit.GuestImage;
import dev.bellhop.testkit.NodeProcess;
import dev.bellhop.testkit.RealVm;
import dev.bellhop.testkit.Seed;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** One API server freezes a Debian guest, its node is killed, and the other API server sees how that ends. */
@Timeout(1800)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Tag("real")
@Tag("vm")
@Tag("cluster")
@Tag("full")
class ClusterFreezeTest {
    private static final int NODE = Cluster.NODES + 1;
    private static final int KILLS = 4;
    private static final Duration LEASE = Duration.ofSeconds(20);
    private static final Duration LONG_LEASE = Duration.ofMinutes(4);
    private static final Duration SOON = Duration.ofMinutes(1);

    /** How late the guest may write again on a busy machine. */
    private static final Duration GRACE = Duration.ofSeconds(20);

    /** How early, because the guest's clock may differ. */
    private static final Duration EARLY = Duration.ofSeconds(1);

    @RegisterExtension
    private final Seed seed = Seed.draw();

    private Cluster cluster;
    private RealVm vm;
    private NodeProcess node;
    private BellhopClient a;
    private BellhopClient b;
    private VmCommands commands;
    private DiskWriter writer;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        cluster = Cluster.start(folder);
        Path sockets = Files.createDirectories(cluster.sockets(NODE));
        vm = RealVm.start(TestBed.VMID, GuestImage.DEBIAN, sockets);
        node = cluster.enrol("host-of-vm", NODE);
        a = cluster.client(cluster.a());
        b = cluster.client(cluster.b());
        commands = new VmCommands(b);
        writer = DiskWriter.start(commands, sockets.resolve(TestBed.VMID + ".serial"));
    }

    @AfterAll
    void stop() throws Exception {
        for (AutoCloseable part : Arrays.asList(a, b, vm, cluster)) {
            if (part != null) {
                part.close();
            }
        }
    }

    private FileSystemFreeze freeze(Duration lease) throws Exception {
        FileSystemFreeze frozen =
                a.guest(TestBed.VMID).freezeFileSystems(new FreezeOptions((int) lease.toSeconds(), null));
        assertThat(frozen.state()).isEqualTo("frozen");
        return frozen;
    }

    private FileSystemFreeze seenByTheOther() throws Exception {
        return b.guest(TestBed.VMID).fileSystemFreeze();
    }

    @Test
    void guestWithDeadNodeWritesAgainOnceTheLeaseIsOver() throws Exception {
        Random random = seed.random();
        List<Long> late = new ArrayList<>();
        for (int i = 0; i < KILLS; i++) {
            FileSystemFreeze frozen = freeze(LEASE);
            long before = writer.writtenOnceFrozen();
            Instant end = Objects.requireNonNull(frozen.expiresAt());
            Thread.sleep(random.nextLong(LEASE.toMillis() / 2));
            node.kill();
            try {
                assertThat(Instant.now()).as("the node dies within the lease").isBefore(end);
                writer.awaitWrites(LEASE.plus(GRACE).plusSeconds(20), before);
                late.add(Duration.between(end, Instant.now()).toMillis());
            } finally {
                node.startAgain();
            }
            await().atMost(SOON)
                    .ignoreExceptions()
                    .until(() -> seenByTheOther().equals(new FileSystemFreeze("thawed", null, null)));
            assertThat(commands.run("echo on")).isEqualTo("on\n");
        }
        System.out.println("Written again so many ms after the lease: " + late);
        assertThat(late).allMatch(ms -> ms >= -EARLY.toMillis() && ms <= GRACE.toMillis());
    }

    @Test
    void nodeThatIsStartedAgainKnowsTheLeaseAndThaws() throws Exception {
        FileSystemFreeze frozen = freeze(LONG_LEASE);
        long before = writer.writtenOnceFrozen();
        node.kill();
        node.startAgain();
        await().atMost(SOON)
                .ignoreExceptions()
                .untilAsserted(() -> assertThat(seenByTheOther().expiresAt()).isEqualTo(frozen.expiresAt()));
        assertThat(writer.written()).isEqualTo(before);

        FileSystemFreeze thawed = b.guest(TestBed.VMID).thawFileSystems();
        assertThat(thawed.state()).isEqualTo("thawed");
        assertThat(thawed.fileSystems()).isEqualTo(1);
        writer.awaitWrites();
        assertThat(seenByTheOther().state()).isEqualTo("thawed");
    }
}
