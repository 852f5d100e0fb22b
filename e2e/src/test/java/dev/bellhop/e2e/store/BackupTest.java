// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.bellhop.e2e.cluster.Cluster;
import dev.bellhop.e2e.support.E2eServer;
import dev.bellhop.e2e.support.V1Client;
import dev.bellhop.testkit.Checkout;
import dev.bellhop.testkit.RealAgent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What an operator types on the server's machine: back up, restore, and make an admin key where all are lost. */
@Tag("real")
class BackupTest {
    private static final int VMID = 1;

    @TempDir
    private Path folder;

    private RealAgent agent;
    private E2eServer server;

    @BeforeEach
    void start() throws Exception {
        agent = RealAgent.start(Files.createDirectory(folder.resolve("a")));
        server = startIn("live");
    }

    @AfterEach
    void stop() {
        server.close();
        agent.close();
    }

    private E2eServer startIn(String name) throws IOException {
        Path of = folder.resolve(name);
        Files.createDirectories(of);
        return E2eServer.startOn(of, """
                executions: {spool: %s}
                hypervisors:
                  - type: qemu
                    vms:
                      %d: {agent: %s}
                """.formatted(folder.resolve("spool"), VMID, agent.socket()));
    }

    private Checkout.Ended bellhop(String of, String... args) throws Exception {
        List<String> command =
                new ArrayList<>(List.of(Checkout.ROOT.resolve("bellhop").toString()));
        command.addAll(List.of(args));
        command.addAll(List.of("--config", configuration(of).toString()));
        return Checkout.run(folder, Map.of(), command);
    }

    private Path configuration(String of) {
        return folder.resolve(of).resolve("bellhop.yaml");
    }

    /** A command whose start was answered, with its result where it had ended. */
    private record Acknowledged(long pid, JsonNode result) {}

    private Acknowledged run(int number) throws IOException, InterruptedException {
        long pid = server.client().start(VMID, "echo " + number);
        return new Acknowledged(pid, server.client().awaitExit(VMID, pid));
    }

    @Test
    void aBackupUnderLoadHoldsAllThatWasAnswered() throws Exception {
        AtomicBoolean enough = new AtomicBoolean();
        List<Acknowledged> acknowledged = new CopyOnWriteArrayList<>();
        List<CompletableFuture<Integer>> clients = new ArrayList<>();
        for (int client = 0; client < 4; client++) {
            clients.add(Cluster.async(() -> {
                int count = 0;
                while (!enough.get()) {
                    acknowledged.add(run(acknowledged.size()));
                    count++;
                }
                return count;
            }));
        }
        await().atMost(Duration.ofMinutes(2)).until(() -> acknowledged.size() > 50);
        Path copy = folder.resolve("copy.db");
        List<Acknowledged> before = List.copyOf(acknowledged);
        Checkout.Ended backup = bellhop("live", "backup", copy.toString());
        int during = acknowledged.size() - before.size();
        enough.set(true);
        clients.forEach(CompletableFuture::join);
        assertThat(backup.stderr()).contains("The audit trail is intact").contains("encryption.keys");
        assertThat(backup.exitCode()).isZero();
        assertThat(during).as("commands answered meanwhile").isPositive();
        server.close();

        Path elsewhere = Files.createDirectories(folder.resolve("elsewhere/data"));
        Files.copy(folder.resolve("live/data/encryption.keys"), elsewhere.resolve("encryption.keys"));
        Files.writeString(
                configuration("elsewhere"),
                Files.readString(configuration("live")).replace("/live/", "/elsewhere/"));
        Checkout.Ended restored = bellhop("elsewhere", "restore", copy.toString());
        assertThat(restored.stderr()).contains("Restored " + copy).contains("The audit trail is intact");
        assertThat(restored.exitCode()).isZero();

        // The keys are in the backup; the file of the first one is not.
        Files.copy(folder.resolve("live/data/admin.key"), elsewhere.resolve("admin.key"));
        server = startIn("elsewhere");
        for (Acknowledged one : before) {
            assertThat(server.client().result(VMID, one.pid())).isEqualTo(one.result());
        }
        assertThat(run(1).result().required("stdout").asString()).isEqualTo("1\n");
    }

    @Test
    void aRunningServersDatabaseIsNotReplaced() throws Exception {
        Path copy = folder.resolve("copy.db");
        Acknowledged kept = run(7);
        assertThat(bellhop("live", "backup", copy.toString()).exitCode()).isZero();
        Acknowledged later = run(8);

        Checkout.Ended refused = bellhop("live", "restore", copy.toString());

        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.stderr()).contains("another server uses it");
        assertThat(server.client().result(VMID, later.pid())).isEqualTo(later.result());

        server.close();
        Checkout.Ended restored = bellhop("live", "restore", copy.toString());
        assertThat(restored.stderr()).contains("bellhop.db.before-");
        server.startAgain();
        assertThat(server.client().result(VMID, kept.pid())).isEqualTo(kept.result());
        assertThat(server.client()
                        .get("/api/vm/" + VMID + "/agent/exec?pid=" + later.pid())
                        .status())
                .isEqualTo(404);
    }

    @Test
    @Tag("full")
    void aLostAdminKeyIsReplacedWhileTheServerIsStopped() throws Exception {
        Checkout.Ended refused = bellhop("live", "admin-key", "new");
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.stderr()).contains("another server uses it");
        assertThat(refused.stdout()).isEmpty();

        server.close();
        Checkout.Ended made = bellhop("live", "admin-key", "new", "--name", "found-again");
        assertThat(made.exitCode()).isZero();
        server.startAgain();

        try (V1Client client = new V1Client(server.url(), made.stdout().strip())) {
            assertThat(client.get("/api/v2/keys").body().toString()).contains("found-again");
            JsonNode trail = client.get("/api/v2/audit").body();
            assertThat(trail.required("items")
                            .valueStream()
                            .filter(record ->
                                    record.required("action").asString().equals("server.admin-key")))
                    .hasSize(2);
        }
    }

    @Test
    @Tag("full")
    void aConfigurationIsCheckedBesideARunningServer() throws Exception {
        Checkout.Ended good = bellhop("live", "server", "--check");
        assertThat(good).isEqualTo(new Checkout.Ended(0, configuration("live") + " is valid\n", ""));

        Files.writeString(configuration("live"), "\nretentionDays: soon\n", StandardOpenOption.APPEND);
        Checkout.Ended bad = bellhop("live", "server", "--check");
        assertThat(bad.exitCode()).isEqualTo(1);
        assertThat(bad.stderr()).contains("retentionDays").contains("line ");
        assertThat(run(3).result().required("exited").asBoolean()).isTrue();
    }
}
