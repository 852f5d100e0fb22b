// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.bellhop.e2e.support.SshAccess;
import dev.bellhop.e2e.support.TestBed;
import dev.bellhop.testkit.Checkout;
import dev.bellhop.testkit.GuestImage;
import dev.bellhop.testkit.PostgresServer;
import dev.bellhop.testkit.ServerProcess;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Connects this machine's psql to a PostgreSQL in a real VM that has no network card. */
@Timeout(600)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Tag("full")
@Tag("real")
@Tag("vm")
@Tag("ssh")
class PsqlInVmTest {
    private static final String VM = TestBed.VMID + ".bellhop";
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int ROWS = 5_000;

    /** It refuses to run as root. */
    private static final String START = """
            set -e
            mkdir /srv/shop && chown worker /srv/shop
            su worker -c '/opt/postgres/bin/initdb -D /srv/shop/data -U shop --auth=trust --no-locale -E UTF8 --no-sync' >/dev/null
            su worker -c 'setsid /opt/postgres/bin/postgres -D /srv/shop/data -c listen_addresses=127.0.0.1 \
              -c unix_socket_directories= -c fsync=off </dev/null >/srv/shop/log 2>&1 &'
            until grep -q ready /srv/shop/data/postmaster.pid 2>/dev/null; do sleep 0.2; done
            ls /sys/class/net
            """;

    private Path folder;
    private TestBed bed;
    private SshAccess access;

    @BeforeAll
    void start(@TempDir Path given) throws Exception {
        folder = given.toRealPath();
        bed = TestBed.startWithDoor(folder, GuestImage.DEBIAN);
        access = SshAccess.make(bed.server(), folder.resolve("ssh"));
        sendPrograms();
        assertThat(ssh(START)).as("the VM's network cards").isEqualTo("lo\n");
    }

    @AfterAll
    void stop() throws Exception {
        if (bed != null) {
            bed.close();
        }
    }

    private String ssh(String command) throws Exception {
        return Checkout.run(folder, Map.of(), access.ssh(VM, command)).succeeded();
    }

    /** As people send a folder that has to keep its links. */
    private void sendPrograms() throws Exception {
        ProcessBuilder tar =
                new ProcessBuilder("tar", "-C", PostgresServer.programs().toString(), "-cz", ".");
        ProcessBuilder untar =
                new ProcessBuilder(access.ssh(VM, "mkdir /opt/postgres && tar -C /opt/postgres --no-same-owner -xz"));
        untar.redirectOutput(Redirect.INHERIT).redirectError(Redirect.INHERIT);
        for (Process each : ProcessBuilder.startPipeline(List.of(tar, untar))) {
            assertThat(each.waitFor()).isZero();
        }
    }

    private List<String> forwarding(String way, int port) {
        String ports = port + ":localhost:5432";
        return way.equals("ssh -L")
                ? access.ssh("-N", "-L", ports, VM)
                : List.of(
                        Checkout.ROOT.resolve("bellhop").toString(), "forward", Integer.toString(TestBed.VMID), ports);
    }

    private String psql(int port, String... options) throws Exception {
        List<String> command = new ArrayList<>(List.of("psql", "-X", "-At", "-h", "127.0.0.1", "-U", "shop"));
        command.addAll(List.of("-p", Integer.toString(port), "postgres"));
        command.addAll(List.of(options));
        return Checkout.run(folder, Map.of(), command).succeeded();
    }

    private static boolean listens(int port) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ssh -L", "bellhop forward"})
    void psqlWorksOnItFromHere(String way) throws Exception {
        int port = ServerProcess.freePort();
        ProcessBuilder forward = new ProcessBuilder(forwarding(way, port))
                .redirectOutput(Redirect.DISCARD)
                .redirectError(folder.resolve("forward.err").toFile());
        forward.environment().putAll(access.environment());
        Process forwarding = forward.start();
        try {
            await().atMost(PATIENCE).until(() -> listens(port));
            long begin = System.nanoTime();
            assertThat(psql(port, "-c", "SELECT sum(n) FROM generate_series(1, 1000) n"))
                    .isEqualTo("500500\n");
            psql(port, "-c", "DROP TABLE IF EXISTS shelf", "-c", "CREATE TABLE shelf (n integer, book text)");
            psql(port, "-c", "INSERT INTO shelf SELECT n, repeat('x', 1000) FROM generate_series(1, " + ROWS + ") n");
            assertThat(psql(port, "-c", "SELECT n, book FROM shelf ORDER BY n").lines())
                    .hasSize(ROWS)
                    .last()
                    .isEqualTo(ROWS + "|" + "x".repeat(1_000));
            System.out.printf("psql by %s: %.1f s%n", way, (System.nanoTime() - begin) / 1e9);
        } finally {
            forwarding.destroy();
            forwarding.waitFor();
        }
    }
}
