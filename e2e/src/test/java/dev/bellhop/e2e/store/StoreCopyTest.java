// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.e2e.support.E2eServer;
import dev.bellhop.e2e.support.V1Client;
import dev.bellhop.testkit.Checkout;
import dev.bellhop.testkit.PostgresServer;
import dev.bellhop.testkit.RealAgent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What an operator types to move a server from its file to a PostgreSQL. */
@Timeout(180)
@Tag("real")
@Tag("full")
class StoreCopyTest {
    private static final int VMID = 1;
    /** Off, and without an agent. */
    private static final int OTHER = 2;

    @TempDir
    private Path folder;

    private PostgresServer postgres;
    private RealAgent agent;
    private E2eServer server;
    private Path password;

    @BeforeEach
    void start() throws Exception {
        postgres = PostgresServer.start();
        agent = RealAgent.start(Files.createDirectory(folder.resolve("a")));
        password = Files.createFile(
                folder.resolve("password"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(password, PostgresServer.PASSWORD + "\n");
        server = E2eServer.startOn(folder.resolve("live"), """
                executions: {spool: %s}
                hypervisors:
                  - {type: qemu, vms: {%d: {agent: %s}, %d: {agent: %s, monitor: %s}}}
                """.formatted(
                        folder.resolve("spool"),
                        VMID,
                        agent.socket(),
                        OTHER,
                        folder.resolve("none.qga"),
                        folder.resolve("none.qmp")));
    }

    @AfterEach
    void stop() {
        server.close();
        agent.close();
        postgres.close();
    }

    private Checkout.Ended bellhop(String... args) throws Exception {
        List<String> command =
                new ArrayList<>(List.of(Checkout.ROOT.resolve("bellhop").toString()));
        command.addAll(List.of(args));
        return Checkout.run(
                folder, Map.of("BELLHOP_URL", server.url().toString(), "BELLHOP_KEY", server.adminKey()), command);
    }

    private String done(String... args) throws Exception {
        Checkout.Ended ended = bellhop(args);
        assertThat(ended.exitCode()).as(ended.stderr()).isZero();
        return ended.stdout() + ended.stderr();
    }

    private Path file(String name, String content) throws Exception {
        return Files.writeString(folder.resolve(name), content);
    }

    private String postgres(String database, String more) {
        return "postgres: {url: '%s', user: %s, passwordFile: %s%s}\n"
                .formatted(postgres.url(database), PostgresServer.USER, password, more);
    }

    /** A bit of all that is stored, and a command that runs on until there is the file {@code go}. */
    private long fill() throws Exception {
        done("mask", "set", "token", "token-[0-9]+");
        assertThat(bellhop("exec", "--label", "app=shop", "1", "--", "sh", "-c", "echo token-12345; echo ä >&2; exit 3")
                        .exitCode())
                .isEqualTo(3);
        done("saved-command", "create", file("hello.json", """
                {"name": "hello", "argv": ["echo", "{{who}}"],
                 "parameters": [{"name": "who", "type": "string", "as": "argument"}]}
                """).toString());
        done("account", "create", "shop");
        String account = server.client()
                .get("/api/v2/accounts")
                .body()
                .required("items")
                .get(0)
                .required("id")
                .asString();
        done("vm", "assign", Integer.toString(OTHER), account);
        done(
                "policy",
                "set",
                "--account",
                account,
                file("policy.json", "{\"onlySavedCommands\": true}").toString());
        done("key", "create", "--name", "shop", "--scope", "read:vm", "--account", account);
        assertThat(bellhop("vm", "reset", Integer.toString(OTHER)).exitCode()).isEqualTo(1);
        return server.client()
                .start(VMID, "while [ ! -e " + folder.resolve("go") + " ]; do sleep 0.1; done; echo gone on");
    }

    /** What a server answers, without what each request changes. */
    private Map<String, String> answers() throws Exception {
        List<String> paths = new ArrayList<>(List.of(
                "/api/v2/accounts",
                "/api/v2/keys",
                "/api/v2/masks",
                "/api/v2/saved-commands",
                "/api/v2/saved-commands/hello",
                "/api/v2/vps/" + OTHER + "/operations",
                "/api/v2/executions?label=app%3Dshop",
                "/api/v2/encryption"));
        var executions = server.client().get("/api/v2/executions").body().required("items");
        assertThat(executions.size()).isEqualTo(2);
        executions.forEach(execution ->
                paths.add("/api/v2/executions/" + execution.required("id").asString()));
        Map<String, String> answers = new TreeMap<>();
        for (String path : paths) {
            V1Client.Answer answer = server.client().get(path);
            assertThat(answer.status()).as(path).isEqualTo(200);
            answers.put(path, answer.body().toString().replaceAll(",?\"lastUsedAt\":\"[^\"]*\"", ""));
        }
        for (var execution : executions) {
            String id = execution.required("id").asString();
            Checkout.Ended logs = bellhop("logs", id);
            answers.put("output of " + id, logs.stdout() + logs.stderr());
        }
        answers.put("policy", done("policy", "show", "--account", "shop"));
        return answers;
    }

    private static String outputs(Map<String, String> answers) {
        return answers.entrySet().stream()
                .filter(answer -> answer.getKey().startsWith("output of "))
                .map(Map.Entry::getValue)
                .collect(Collectors.joining());
    }

    @Test
    void aServerAnswersFromTheCopyAsFromTheFile() throws Exception {
        long running = fill();
        Map<String, String> before = answers();
        assertThat(outputs(before)).contains("***", "ä").doesNotContain("token-12345");
        assertThat(before.get("policy")).contains("onlySavedCommands");
        server.close();
        Path live = folder.resolve("live/bellhop.yaml");
        Path from = file("from.yaml", Files.readString(live));
        Files.writeString(live, postgres(PostgresServer.DATABASE, ""), StandardOpenOption.APPEND);

        String said = done("store", "copy", "--from", from.toString(), "--to", live.toString());
        assertThat(said)
                .contains("Copied 2 executions, and ", " rows in all, from ", "The audit trail is intact: ")
                .contains("Start the server with " + live + ", and none with ");
        assertThat(done("audit", "verify", "--config", live.toString()))
                .isEqualTo(done("audit", "verify", "--config", from.toString()));
        server.startAgain();

        assertThat(answers()).isEqualTo(before);
        file("go", "");
        assertThat(server.client().awaitExit(VMID, running).required("stdout").asString())
                .isEqualTo("gone on\n");
        server.close();
        Checkout.Ended again = bellhop("store", "copy", "--from", from.toString(), "--to", live.toString());
        assertThat(again.exitCode()).isEqualTo(1);
        assertThat(again.stderr()).contains("there is data in it; a copy needs a new database");
    }

    @Test
    void anOperatorMigratesApartFromStarts() throws Exception {
        try (Connection connection = DriverManager.getConnection(
                        postgres.url(PostgresServer.DATABASE), PostgresServer.USER, PostgresServer.PASSWORD);
                var statement = connection.createStatement()) {
            statement.execute("CREATE DATABASE apart");
        }
        Path data = Files.createDirectory(folder.resolve("apart"));
        String configuration = file(
                        "apart.yaml", "data: " + data + "\nhypervisors: []\n" + postgres("apart", ", migrate: false"))
                .toString();

        for (Checkout.Ended refused : List.of(
                bellhop("server", "--config", configuration),
                bellhop("server", "--check", "--config", configuration))) {
            assertThat(refused.exitCode()).isEqualTo(1);
            assertThat(refused.stderr())
                    .contains("it has no tables yet, and the configuration says not to migrate it; run 'bellhop migrate"
                            + " --config FILE'");
        }
        assertThat(done("migrate", "--config", configuration)).contains("Made the tables of version ");
        assertThat(done("migrate", "--config", configuration)).contains("already, the newest; nothing was changed");
        assertThat(done("server", "--check", "--config", configuration)).contains("apart.yaml is valid");
    }
}
