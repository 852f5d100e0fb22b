// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.bellhop.e2e.cluster.Cluster;
import dev.bellhop.e2e.support.E2eServer;
import dev.bellhop.e2e.support.V1Client;
import dev.bellhop.testkit.Checkout;
import dev.bellhop.testkit.PostgresServer;
import dev.bellhop.testkit.RealAgent;
import dev.bellhop.testkit.ServerProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A server process that keeps everything in a real PostgreSQL. */
@Timeout(600)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Tag("real")
@Tag("cluster")
class PostgresTest {
    private static final int VMID = 1;
    private static final Duration LONG = Duration.ofMinutes(2);

    private Path folder;
    private PostgresServer postgres;
    private RealAgent agent;
    private E2eServer server;

    @BeforeAll
    void start(@TempDir Path temporary) throws Exception {
        folder = temporary;
        postgres = PostgresServer.start();
        agent = RealAgent.start(Files.createDirectory(folder.resolve("a")));
        Path password = Files.createFile(
                folder.resolve("password"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(password, PostgresServer.PASSWORD);
        server = E2eServer.startOn(live(), """
                postgres: {url: '%s', user: %s, passwordFile: %s}
                executions: {spool: %s}
                hypervisors:
                  - {type: qemu, vms: {%d: {agent: %s}}}
                """.formatted(
                        postgres.url(PostgresServer.DATABASE),
                        PostgresServer.USER,
                        password,
                        folder.resolve("spool"),
                        VMID,
                        agent.socket()));
    }

    @AfterAll
    void stop() {
        server.close();
        agent.close();
        postgres.close();
    }

    private Path live() {
        return folder.resolve("live");
    }

    private Checkout.Ended bellhop(String... args) throws Exception {
        List<String> command =
                new ArrayList<>(List.of(Checkout.ROOT.resolve("bellhop").toString()));
        command.addAll(List.of(args));
        command.addAll(List.of("--config", live().resolve("bellhop.yaml").toString()));
        return Checkout.run(folder, Map.of(), command);
    }

    /** Each command leaves its number in a file, which shows if it runs twice, and prints it. */
    @Test
    void whatWasAnsweredIsThereAndRanOnceThoughBothAreKilled() throws Exception {
        Path tokens = folder.resolve("tokens");
        Map<Integer, Long> answered = new ConcurrentHashMap<>();
        Set<Integer> refused = ConcurrentHashMap.newKeySet();
        Set<Integer> unconfirmed = ConcurrentHashMap.newKeySet();
        AtomicInteger numbers = new AtomicInteger();
        AtomicBoolean ends = new AtomicBoolean();
        List<CompletableFuture<Integer>> clients = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            clients.add(Cluster.async(() -> {
                int number = 0;
                while (!ends.get()) {
                    number = numbers.incrementAndGet();
                    V1Client.Answer answer =
                            server.client().post(VMID, "echo " + number + " >> " + tokens + "; echo " + number);
                    switch (answer.status()) {
                        case 200 ->
                            answered.put(number, answer.data().required("pid").asLong());
                        case 409, 503 -> refused.add(number);
                        // Started, and nobody was told its pid.
                        case 504 -> unconfirmed.add(number);
                        default -> throw new IllegalStateException(answer.toString());
                    }
                }
                return number;
            }));
        }
        await().atMost(LONG).until(() -> answered.size() > 20);
        postgres.kill();
        await().atMost(LONG).until(() -> refused.size() > 4);
        int before = answered.size();
        postgres.startAgain();
        await().atMost(LONG).until(() -> answered.size() > before + 20);
        ends.set(true);
        clients.forEach(CompletableFuture::join);
        server.killAndRestart();

        for (Map.Entry<Integer, Long> each : answered.entrySet()) {
            assertThat(server.client()
                            .awaitExit(VMID, each.getValue())
                            .required("stdout")
                            .asString())
                    .isEqualTo(each.getKey() + "\n");
        }
        List<Integer> ran =
                Files.readAllLines(tokens).stream().map(Integer::parseInt).toList();
        assertThat(ran).doesNotHaveDuplicates().containsAll(answered.keySet()).doesNotContainAnyElementsOf(refused);
        assertThat(unconfirmed).hasSizeLessThanOrEqualTo(4);
    }

    @Test
    @Tag("full")
    void whatIsForAFileSaysWhatToUseInstead() throws Exception {
        // The check gives the database five seconds, which a loaded machine may not have.
        await().atMost(LONG).untilAsserted(() -> {
            Checkout.Ended check = bellhop("server", "--check");
            assertThat(check.stdout()).as(check.stderr()).endsWith("bellhop.yaml is valid\n");
        });
        for (Checkout.Ended ended : List.of(
                bellhop("backup", folder.resolve("copy").toString()),
                bellhop("restore", folder.resolve("copy").toString()))) {
            assertThat(ended.exitCode()).isNotZero();
            assertThat(ended.stderr())
                    .contains("because the configuration names a PostgreSQL, jdbc:postgresql://127.0.0.1:")
                    .contains("use pg_dump and pg_restore");
        }
        assertThat(Checkout.run(
                                folder,
                                Map.of(),
                                List.of(
                                        Checkout.ROOT.resolve("bellhop").toString(),
                                        "audit",
                                        "verify",
                                        "--data",
                                        live().resolve("data").toString()))
                        .stderr())
                .contains("give its configuration with --config instead");
        assertThat(bellhop("audit", "verify").stdout()).startsWith("The audit trail is intact: ");
    }

    @Test
    @Tag("full")
    void anAdminKeyIsMadeOnceTheServerIsStopped() throws Exception {
        assertThat(bellhop("admin-key", "new").stderr()).contains("another server uses it");
        server.close();
        Checkout.Ended made = bellhop("admin-key", "new", "--name", "found-again");
        assertThat(made.exitCode()).as(made.stderr()).isZero();
        server.startAgain();

        try (V1Client client = new V1Client(server.url(), made.stdout().strip())) {
            assertThat(client.get("/api/v2/keys").body().toString()).contains("found-again");
        }
    }

    /** It need not pay for what it does not use. */
    @Test
    void aServerWithAFileLoadsNothingOfPostgresql() throws Exception {
        Path classes = folder.resolve("classes");
        List<String> launcher = List.of(Checkout.ROOT.resolve("bellhop").toString(), "server", "--config");
        try (ServerProcess file = ServerProcess.start(
                folder.resolve("file"),
                "hypervisors: []\n",
                launcher,
                Map.of("BELLHOP_JAVA_OPTS", "-Xlog:class+load:file=" + classes),
                ServerProcess::answersHealth)) {
            assertThat(file.isAlive()).isTrue();
            assertThat(Files.readString(classes))
                    .contains("org.sqlite.SQLiteDataSource")
                    .doesNotContain("org.postgresql.");
        }
    }
}
