// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.server.access.ssh.SshKeyStoreContract;
import dev.bellhop.server.app.config.ConfigException;
import dev.bellhop.server.hypervisor.qemu.FakeQemu;
import dev.bellhop.testkit.FakeAgent;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * A database that was written to by whoever does not have the encryption keys, as a copy in a backup that somebody doctors. KEY
 * is the id of a key of the account ONE, which has VM 1 and a policy, and may start commands once they are approved; TWO has
 * VM 2.
 */
@Timeout(120)
class DoctoredDatabaseTest {
    private static final String SECRET = "hunter2";

    @TempDir
    private Path folder;

    private final AtomicInteger started = new AtomicInteger();
    private FakeAgent agent;
    private FakeQemu vm;
    private TestServer server;
    private String one = "";
    private String two = "";
    private TestClient.MadeKey key;
    private TestClient ofOne;
    private TestClient ofTwo;

    @BeforeEach
    void start() throws Exception {
        agent = FakeAgent.start(folder.resolve("a.sock"));
        agent.on("guest-exec", (request, wire) -> {
            started.incrementAndGet();
            wire.reply("{\"pid\": 7}");
        });
        // "hunter2", a line.
        agent.on(
                "guest-exec-status",
                (request, wire) -> wire.reply("{\"exited\": true, \"exitcode\": 0, \"out-data\": \"aHVudGVyMgo=\"}"));
        vm = new FakeQemu(Files.createDirectory(folder.resolve("v"))).on();
        server = TestServer.in(folder)
                .direct()
                .vm(1, agent.socket())
                .vm(2, agent.socket())
                .vm(3, vm.agentSocket(), vm.monitorSocket())
                .start();
        one = server.makeAccount("one", 1);
        two = server.makeAccount("two", 2);
        ofOne = server.tenant(one, "write:vm");
        ofTwo = server.tenant(two, "write:vm");
        key = server.makeKeyOf(one, "write:vm");
        put("/api/v2/keys/" + key.id() + "/policy", "{\"approval\": true}");
        put("/api/v2/accounts/" + one + "/policy", "{\"savedCommands\": []}");
    }

    @AfterEach
    void stop() {
        server.close();
        vm.close();
        agent.close();
    }

    private void put(String path, String body) {
        TestAnswer answer =
                server.admin().send("PUT", path, request -> request.method("PUT", BodyPublishers.ofString(body)));
        assertThat(answer.status()).as(answer.text()).isIn(200, 201);
    }

    private Path database() {
        return server.data().resolve("bellhop.db");
    }

    /** Stops the server, and keeps the database as it is now. */
    private void keep() throws Exception {
        server.stop();
        // What is in the log comes into the file when the last connection is closed.
        change();
        Files.copy(database(), folder.resolve("kept"));
    }

    private void delete() throws Exception {
        for (String suffix : List.of("", "-wal", "-shm")) {
            Files.deleteIfExists(server.data().resolve("bellhop.db" + suffix));
        }
    }

    /** Changes the database that was kept, and puts it in the place of the server's, which is down then. */
    private void doctor(String... changes) throws Exception {
        server.stop();
        delete();
        Files.copy(folder.resolve("kept"), database());
        change(changes);
    }

    private void change(String... changes) throws Exception {
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + database());
                var statement = connection.createStatement()) {
            statement.execute("PRAGMA wal_checkpoint(TRUNCATE)");
            for (String change : changes) {
                statement.executeUpdate(
                        change.replace("KEY", key.id()).replace("ONE", one).replace("TWO", two));
            }
        }
    }

    private TestAnswer approve(String id, String digest) {
        return ofOne.post("/api/v2/executions/" + id + "/actions/approve", "{\"digest\": \"" + digest + "\"}");
    }

    private String digest(String id) {
        return ofOne.get("/api/v2/executions/" + id)
                .json()
                .path("approval")
                .path("digest")
                .asString();
    }

    private static JsonNode created(TestAnswer answer) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
        return answer.json();
    }

    /** Whatever became of it, nobody is shown it. */
    private static void hidden(TestAnswer answer) {
        assertThat(answer.status()).as(answer.text()).isNotEqualTo(200);
        assertThat(answer.text()).doesNotContain(SECRET);
    }

    @Test
    void whatKeysMayDoIsTheServersOwnWord() throws Exception {
        keep();
        for (String row : List.of(
                "key KEY | UPDATE keys SET scopes = 'admin', account_id = NULL, policy = NULL WHERE id = 'KEY'",
                "key KEY | UPDATE keys SET policy = NULL WHERE id = 'KEY'",
                "key KEY | UPDATE keys SET account_id = 'TWO' WHERE id = 'KEY'",
                "key KEY | UPDATE keys SET secret_hash = zeroblob(32) WHERE id = 'KEY'",
                "key KEY | UPDATE keys SET vms = '1 2', labels = '{\"a\":\"b\"}' WHERE id = 'KEY'",
                "key KEY | UPDATE keys SET mac = (SELECT mac FROM keys WHERE id <> 'KEY' LIMIT 1) WHERE id = 'KEY'",
                "key KEY | UPDATE keys SET mac = NULL WHERE id = 'KEY'",
                "key KEY | UPDATE keys SET expires_at = 1e15 WHERE id = 'KEY'",
                "key ffffffffffff | INSERT INTO keys (id, name, secret_hash, secret_number, scopes, created_at)"
                        + " VALUES ('ffffffffffff', 'n', zeroblob(32), 1, 'admin', 1)",
                "account ONE | UPDATE accounts SET policy = NULL WHERE id = 'ONE'",
                "account ONE | UPDATE accounts SET mac = (SELECT mac FROM accounts WHERE id = 'TWO') WHERE id = 'ONE'",
                "VM 1 | UPDATE account_vms SET account_id = 'TWO' WHERE vmid = 1",
                "VM 9 | INSERT INTO account_vms (vmid, account_id) VALUES (9, 'TWO')",
                "VM 9 | INSERT INTO account_vms SELECT 9, account_id, mac FROM account_vms WHERE vmid = 2")) {
            String[] parts = row.split(" \\| ", 2);
            doctor(parts[1]);

            assertThatThrownBy(server::start)
                    .as(row)
                    .rootCause()
                    .isInstanceOf(ConfigException.class)
                    .hasMessageStartingWith("Cannot start because the server cannot trust the ")
                    .hasMessageContaining(parts[0].replace("KEY", key.id()).replace("ONE", one))
                    .hasMessageContaining("take the database from a backup, or delete that row");
        }
        // As it was, it starts, and so it does without the row, as the message says.
        doctor();
        server.start();
        assertThat(server.client(key.secret()).get("/api/v2/vps").status()).isEqualTo(200);
        doctor("UPDATE keys SET scopes = 'admin' WHERE id = 'KEY'", "DELETE FROM keys WHERE id = 'KEY'");
        server.start();
        assertThat(server.client(key.secret()).get("/api/v2/vps").status()).isEqualTo(401);
        assertThat(ofOne.get("/api/v2/vps").status()).isEqualTo(200);
    }

    @Test
    void soIsWhoseAnSshKeyIs() throws Exception {
        String body = "{\"key\": \"" + SshKeyStoreContract.publicKey(1).line() + "\", \"expiresInDays\": 9}";
        String id = created(server.admin().post("/api/v2/keys/" + key.id() + "/ssh-keys", body))
                .path("id")
                .asString();
        keep();
        for (String change : List.of(
                "UPDATE ssh_keys SET key_id = 'ffffffffffff'",
                "UPDATE ssh_keys SET public_key = '"
                        + SshKeyStoreContract.publicKey(2).line() + "'",
                "UPDATE ssh_keys SET expires_at = NULL",
                "UPDATE ssh_keys SET principals = 'dev'",
                "UPDATE ssh_keys SET mac = NULL",
                "UPDATE ssh_keys SET mac = (SELECT mac FROM keys LIMIT 1)")) {
            doctor(change);

            assertThatThrownBy(server::start)
                    .as(change)
                    .rootCause()
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining("SSH key " + id)
                    .hasMessageContaining("take the database from a backup, or delete that row");
        }
        doctor("DELETE FROM ssh_keys");
        server.start();
    }

    @Test
    void soIsWhatTheyRunAndWhatIsMasked() throws Exception {
        server.admin().post("/api/v2/masks?account=" + one, "{\"name\": \"m\", \"pattern\": \"x\"}");
        server.admin()
                .post("/api/v2/saved-commands", "{\"name\": \"c\", \"argv\": [\"x\"], \"account\": \"" + one + "\"}");
        keep();
        for (String row : List.of(
                "mask m of account TWO | UPDATE masks SET account_id = 'TWO'",
                "saved command c of account TWO, version 1 | UPDATE saved_commands SET account_id = 'TWO'",
                "saved command c of account ONE, version 1 | UPDATE saved_commands SET key_id = 'KEY', created_at = 7")) {
            String[] parts = row.split(" \\| ", 2);
            doctor(parts[1]);

            assertThatThrownBy(server::start)
                    .as(row)
                    .rootCause()
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining(parts[0].replace("ONE", one).replace("TWO", two));
        }
    }

    /** MACs cannot be taken away so that the server makes new ones of what it finds. */
    @Test
    void aDatabaseThatIsSetBackIsRefused() throws Exception {
        keep();
        doctor(
                "UPDATE keys SET scopes = 'admin' WHERE id = 'KEY'",
                "ALTER TABLE keys DROP COLUMN mac",
                "ALTER TABLE accounts DROP COLUMN mac",
                "ALTER TABLE account_vms DROP COLUMN mac",
                "ALTER TABLE operations DROP COLUMN mac",
                "ALTER TABLE executions DROP COLUMN approval_mac",
                "ALTER TABLE executions DROP COLUMN saved_command_at",
                "UPDATE flyway_schema_history SET version = '14'");

        assertThatThrownBy(server::start)
                .rootCause()
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("an older version of Bellhop made it");
    }

    /** Nor one that is made up as a whole, as of a version that knew no keys, with an admin's key and a command that waits. */
    @Test
    void aDatabaseThatIsMadeUpIsRefused() throws Exception {
        server.stop();
        delete();
        change(
                "CREATE TABLE flyway_schema_history (version TEXT, success INTEGER)",
                "INSERT INTO flyway_schema_history VALUES ('7', 1)",
                "CREATE TABLE keys (id TEXT, name TEXT, secret_hash BLOB, scopes TEXT, created_at INTEGER)",
                "CREATE TABLE executions (id TEXT, vmid INTEGER, state TEXT, command TEXT, key_id TEXT, created_at INTEGER,"
                        + " stdout_bytes INTEGER, stderr_bytes INTEGER, truncated INTEGER)",
                "INSERT INTO keys (id, name, secret_hash, scopes, created_at)"
                        + " VALUES ('KEY', 'n', zeroblob(32), 'admin', 1)",
                "INSERT INTO executions (id, vmid, state, command, key_id, created_at, stdout_bytes, stderr_bytes, truncated)"
                        + " VALUES ('019c1379-5a10-7cc3-8d25-6f1f7f3f2c01', 1, 'PENDING', 'x', 'KEY', 1, 0, 0, 0)");

        assertThatThrownBy(server::start)
                .rootCause()
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("an older version of Bellhop made it")
                .hasMessageContaining("move the file away");
        assertThat(started).hasValue(0);
    }

    @Test
    void anExecutionStaysWhoseItIs() throws Exception {
        String id = created(ofOne.post(
                        "/api/v2/vps/1/executions?wait=30",
                        "{\"command\": \"echo " + SECRET + "\", \"secretEnv\": {\"S\": \"" + SECRET + "\"}}"))
                .path("id")
                .asString();
        keep();
        for (String change : List.of(
                "account_id = 'TWO', vmid = 2",
                "account_id = 'TWO', vmid = 2, key_id = 'KEY'",
                "vmid = 2",
                "labels = '{\"a\":\"b\"}'",
                "sealed_secret_env = NULL",
                "saved_command = 'x', saved_command_version = 1, saved_command_at = 1")) {
            doctor("UPDATE executions SET " + change + " WHERE id = '" + id + "'");
            server.start();

            for (TestClient reader : List.of(ofOne, ofTwo, server.admin())) {
                String path = "/api/v2/executions/" + id;
                for (String what : List.of("", "?output=true", "/output", "/output?raw=true", "/events")) {
                    hidden(reader.get(path + what));
                }
                for (int vmid = 1; vmid <= 2; vmid++) {
                    hidden(reader.get("/api/vm/" + vmid + "/agent/exec?pid=7"));
                    assertThat(reader.get("/api/v2/vps/" + vmid + "/executions").text())
                            .as(change)
                            .doesNotContain(SECRET);
                    assertThat(reader.get("/api/vm/" + vmid + "/status").text())
                            .as(change)
                            .doesNotContain(SECRET);
                }
            }
        }
    }

    @Test
    void whatAwaitsApprovalIsNotStartedByAWrite() throws Exception {
        TestClient asking = server.client(key.secret());
        put("/api/v2/accounts/" + one + "/policy", "{}");
        String approved = created(asking.post("/api/v2/vps/1/executions", "{\"command\": \"a\"}"))
                .path("id")
                .asString();
        assertThat(approve(approved, digest(approved)).status()).isEqualTo(200);
        assertThat(ofOne.get("/api/v2/executions/" + approved + "?wait=30")
                        .json()
                        .path("state")
                        .asString())
                .isEqualTo("exited");
        String id = created(asking.post("/api/v2/vps/1/executions", "{\"command\": \"b\"}"))
                .path("id")
                .asString();
        String digest = digest(id);
        keep();
        for (String change : List.of(
                // Approved by somebody who has not.
                "approved_at = created_at, approved_by = 'KEY', approval_digest = 'DIGEST'",
                "approved_at = created_at, approved_by = 'KEY', approval_digest = 'DIGEST', approval_mac = (SELECT"
                        + " approval_mac FROM executions"
                        + " WHERE approval_mac IS NOT NULL)",
                // Or in need of no approval.
                "approval_expires_at = NULL",
                "approval_expires_at = NULL, account_id = NULL")) {
            int before = started.get();
            doctor("UPDATE executions SET " + change.replace("DIGEST", digest) + " WHERE id = '" + id + "'");
            server.start();

            // What is asked for now comes after what was taken up.
            created(ofOne.post("/api/v2/vps/1/executions?wait=30", "{\"command\": \"c\"}"));
            hidden(ofOne.get("/api/v2/executions/" + id + "?wait=1"));
            hidden(approve(id, digest));
            assertThat(started).as(change).hasValue(before + 1);
        }
    }

    @Test
    void whatHasEndedIsNotStartedAgainByAWrite() throws Exception {
        String id = created(ofOne.post("/api/v2/vps/1/executions?wait=30", "{\"command\": \"a\"}"))
                .path("id")
                .asString();
        keep();
        for (String state : List.of("PENDING", "RUNNING")) {
            int before = started.get();
            doctor("UPDATE executions SET state = '" + state
                    + "', pid = NULL, start_intent_mode = NULL, start_intent_at = NULL,"
                    + " finished_at = NULL, started_at = NULL, exit_code = NULL, mode = NULL WHERE id = '" + id + "'");
            server.start();

            created(ofOne.post("/api/v2/vps/1/executions?wait=30", "{\"command\": \"c\"}"));
            created(ofOne.post("/api/v2/vps/1/executions?wait=30", "{\"command\": \"d\"}"));
            assertThat(started).as(state).hasValue(before + 2);
        }
    }

    /** Nor is a VM switched. */
    @Test
    void noOperationIsBegunByAWrite() throws Exception {
        String ended = stop3().path("id").asString();
        awaitOff();
        keep();
        String made = "019c1379-5a10-7cc3-8d25-6f1f7f3f2c11";
        for (String change : List.of(
                "INSERT INTO operations (id, vmid, action, force, grace_seconds, key_id, state, steps, created_at) VALUES"
                        + " ('" + made + "', 3, 'STOP', 0, 1, 'KEY', 'WAITING', '', 1)",
                "UPDATE operations SET state = 'WAITING', steps = '', failure = NULL, finished_at = NULL")) {
            vm.on();
            doctor(change);
            server.start();

            String id = change.startsWith("UPDATE") ? ended : made;
            hidden(server.admin().get("/api/v2/operations/" + id));
            // Were one under way, that would be it.
            assertThat(stop3().path("id").asString()).isNotIn(ended, made);
            awaitOff();
        }
    }

    private JsonNode stop3() {
        TestAnswer stopped = server.admin().send("POST", "/api/v2/vps/3/actions/stop", request -> {});
        assertThat(stopped.status()).as(stopped.text()).isEqualTo(202);
        return stopped.json();
    }

    private void awaitOff() {
        Awaitility.await()
                .until(() -> !server.admin()
                        .get("/api/vm/3/status")
                        .json()
                        .path("data")
                        .path("vmRunning")
                        .booleanValue());
    }
}
