// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.answers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.app.TestAnswer;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Objects;

/** Accounts and keys, which the other parts go on with, and their ends. */
final class TenantAnswers extends Part {
    TenantAnswers(Scene scene) {
        super(scene);
    }

    void accountsAndKeys() {
        recording.section("Accounts");
        answers.get("admin", "/api/v2/accounts");
        scene.ours = id(answers.make("ours", "admin", "/api/v2/accounts", "{'name': 'ours'}"));
        scene.theirs = id(answers.make("theirs", "admin", "/api/v2/accounts", "{'name': 'theirs'}"));
        answers.post("admin", "/api/v2/accounts", "{}");
        answers.post("admin", "/api/v2/accounts", "{'name': '', 'surplus': 1}");
        answers.post("admin", "/api/v2/accounts", "{'name': '" + "n".repeat(101) + "'}");
        answers.get("admin", "/api/v2/accounts?limit=1");
        page("admin", "/api/v2/accounts?limit=1");
        answers.get("admin", "/api/v2/accounts?limit=0");
        answers.get("admin", "/api/v2/accounts?limit=101");
        answers.get("admin", "/api/v2/accounts?limit=x&cursor=x");
        answers.get("admin", "/api/v2/accounts?cursor=x");
        answers.post("admin", "/api/v2/vps/1/actions/assign", "{'account': '" + scene.ours + "'}");
        answers.post("admin", "/api/v2/vps/3/actions/assign", "{'account': '" + scene.ours + "'}");
        answers.post("admin", "/api/v2/vps/77/actions/assign", "{'account': '" + scene.theirs + "'}");
        answers.post("admin", "/api/v2/vps/1/actions/assign", "{'account': 'ffffffffffff'}");
        answers.post("admin", "/api/v2/vps/1/actions/assign", "{'account': 'x'}");
        answers.post("admin", "/api/v2/vps/x/actions/assign", "{'account': '" + scene.ours + "'}");
        answers.post("admin", "/api/v2/vps/77/actions/unassign", "");
        answers.post("admin", "/api/v2/vps/77/actions/unassign", "{}");
        answers.post("admin", "/api/v2/vps/78/actions/unassign", "{'surplus': 1}");
        answers.delete("admin", "/api/v2/accounts/ffffffffffff");
        answers.delete(
                "admin",
                "/api/v2/accounts/" + id(answers.make("idle", "admin", "/api/v2/accounts", "{'name': 'idle'}")));
        answers.delete("admin", "/api/v2/accounts/x");

        answers.play("admin", "PATCH", "/api/v2/accounts/" + scene.theirs, "{'name': 'yours'}");
        answers.play("admin", "PATCH", "/api/v2/accounts/" + scene.theirs, "{'name': 'theirs'}");
        answers.play("admin", "PATCH", "/api/v2/accounts/" + scene.theirs, "{'name': '', 'vms': [1]}");
        answers.play("admin", "PATCH", "/api/v2/accounts/ffffffffffff", "{'name': 'n'}");

        recording.section("Keys");
        String keys = "/api/v2/keys";
        answers.make("reader", "admin", keys, "{'name': 'reader', 'scopes': ['read:vm']}");
        answers.make("writer", "admin", keys, "{'name': 'writer', 'scopes': ['write:vm']}");
        answers.make(
                "stranger", "admin", keys, "{'name': 'stranger', 'scopes': ['write:vm', 'power:vm'], 'vms': [2, 77]}");
        answers.make("power", "admin", keys, "{'name': 'power', 'scopes': ['power:vm'], 'expiresInDays': 30}");
        answers.make(
                "raw", "admin", keys, "{'name': 'raw', 'scopes': ['write:vm', 'read:raw'], 'labels': {'team': 'a'}}");
        answers.make("elsewhere", "admin", keys, "{'name': 'e', 'scopes': ['admin'], 'networks': ['192.0.2.0/24']}");
        String of = ", 'account': '" + scene.ours + "'}";
        answers.make(
                "boss", "admin", keys, "{'name': 'boss', 'scopes': ['admin:account', 'write:vm', 'power:vm']" + of);
        answers.make("ourWriter", "boss", keys, "{'name': 'w', 'scopes': ['write:vm'], 'labels': {'job': 'nightly'}}");
        answers.make("assistant", "boss", keys, "{'name': 'a', 'scopes': ['write:vm'], 'policy': {'approval': true}}");
        answers.make("person", "boss", keys, "{'name': 'p', 'scopes': ['write:vm']}");
        answers.make(
                "theirBoss",
                "admin",
                keys,
                "{'name': 'b', 'scopes': ['admin:account', 'write:vm'], 'account': '" + scene.theirs + "'}");
        answers.post("boss", keys, "{'name': 'n', 'scopes': ['admin']}");
        answers.post("boss", keys, "{'name': 'n', 'scopes': ['read:raw']}");
        answers.post("boss", keys, "{'name': 'n', 'scopes': ['read:vm'], 'account': '" + scene.theirs + "'}");
        answers.post("boss", keys, "{'name': 'n', 'scopes': ['read:vm'], 'vms': [2]}");
        answers.post("admin", keys, "{'name': 'n', 'scopes': ['admin'], 'vms': [1]}");
        answers.post("admin", keys, "{'name': 'n', 'scopes': ['admin']" + of);
        answers.post("admin", keys, "{'name': 'n', 'scopes': ['root', 'read:vm', 'read:vm']}");
        answers.post("admin", keys, "{'name': 'n', 'scopes': ['read:vm'], 'networks': ['x', '10.0.0.1/8', '::/129']}");
        answers.post("admin", keys, "{'name': 'n', 'scopes': ['read:vm'], 'labels': {'a b': 'c', 'd': '\\n'}}");
        answers.post("admin", keys, "{'name': 'n', 'scopes': ['read:vm'], 'expiresInDays': 0, 'vms': []}");
        answers.get("admin", keys);
        answers.get("boss", keys);
        answers.get("theirBoss", keys);
        answers.get("reader", keys);
        answers.get("boss", keys + "/" + answers.idOf("person"));
        answers.get("theirBoss", keys + "/" + answers.idOf("person"));
        String person = keys + "/" + answers.idOf("person");
        answers.play("boss", "PATCH", person, "{'name': 'pat', 'vms': [1], 'networks': ['127.0.0.0/8']}");
        answers.play("boss", "PATCH", person, "{'name': 'p', 'allVms': true, 'anyNetwork': true}");
        answers.play("boss", "PATCH", person, "{'scopes': ['write:vm', 'files:vm']}");
        answers.play("boss", "PATCH", person, "{'vms': [1], 'allVms': true, 'expiresAt': null}");
        answers.play("boss", "PATCH", person, "{'vms': [1], 'allVms': true, 'expiresInSeconds': 59}");
        answers.play("theirBoss", "PATCH", person, "{'name': 'p'}");
        answers.post("admin", keys, "{'name': 'n', 'scopes': ['read:vm'], 'expiresInSeconds': 59}");
        answers.post("admin", keys, "{'name': 'n', 'scopes': ['read:vm'], 'expiresInSeconds': 60, 'expiresInDays': 1}");
        answers.post("admin", keys, "{'name': 'n', 'scopes': ['read:vm'], 'expiresAt': '2020-01-31T09:00:00Z'}");
        String ours = "/api/v2/accounts/" + scene.ours;
        answers.get("boss", ours);
        answers.get("boss", ours, "If-None-Match", "*");
        answers.get("boss", ours, "If-Match", "\"other\"");
        answers.get("boss", ours, "If-Match", "other");
        answers.get("theirBoss", ours);
        page("admin", keys + "?limit=3");
        String writer = id(answers.make("rotated", "admin", keys, "{'name': 'rotated', 'scopes': ['write:vm']}"));
        answers.make("successor", "admin", keys + "/" + writer + "/actions/rotate", "{'overlapSeconds': 600}");
        answers.post("admin", keys + "/" + writer + "/actions/rotate", "");
        answers.post("admin", keys + "/ffffffffffff/actions/rotate", "{}");
        answers.post("admin", keys + "/" + writer + "/actions/rotate", "{'overlapSeconds': -1}");
        answers.delete("admin", keys + "/" + writer);
        answers.get("rotated", "/api/v2/vps");
        answers.delete("admin", keys + "/" + writer);
        answers.delete("boss", keys + "/" + writer);
        answers.delete("admin", keys + "/x");
    }

    /** That stand for API keys. */
    void sshKeys() {
        recording.section("SSH keys");
        String keys = "/api/v2/keys";
        String ours = keys + "/" + id(answers.make("sshUser", "boss", keys, "{'name': 's', 'scopes': ['write:vm']}"))
                + "/ssh-keys";
        String other = keys + "/" + id(answers.make("other", "admin", keys, "{'name': 'o', 'scopes': ['write:vm']}"))
                + "/ssh-keys";
        String key = "{'key': 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g'";
        answers.get("boss", ours);
        String id = id(answers.make("sshKey", "boss", ours, key.replace("h8g'", "h8g ada@laptop'}")));
        answers.post("admin", ours, key + ", 'label': 'l', 'expiresInDays': 30}");
        answers.post("admin", other, key + "}");
        answers.post("admin", other, key.replace("ssh-ed", "no-pty ssh-ed") + "}");
        answers.post("admin", other, "{'key': '-----BEGIN OPENSSH PRIVATE KEY-----'}");
        answers.post("admin", other, key + ", 'label': '', 'expiresInDays': 0}");
        answers.post("admin", other, key + ", 'principals': ['a b']}");
        answers.post("admin", other, key + ", 'proof': {'signedAt': '2020-01-31T09:00:00Z', 'signature': 'x'}}");
        answers.make("authority", "admin", other, key + ", 'principals': ['ops', 'dev']}");
        answers.post("boss", other, key + "}");
        answers.post("reader", ours, key + "}");
        answers.post("theirBoss", ours, key + "}");
        answers.get("boss", ours);
        answers.get("theirBoss", ours);
        answers.delete("theirBoss", ours + "/" + id);
        answers.delete("admin", other + "/" + id);
        answers.delete("boss", ours + "/" + id);
        answers.delete("boss", ours + "/" + id);
        answers.delete("boss", ours.replace("/ssh-keys", ""));
        answers.post("boss", ours, key + "}");
    }

    void ends() throws IOException {
        recording.section("Ends");
        answers.delete("admin", "/api/v2/accounts/" + scene.ours);
        answers.delete("admin", "/api/v2/accounts/" + scene.theirs);
        answers.post("admin", "/api/v2/vps/1/actions/unassign", "");
        answers.get("ourWriter", ALL + "?limit=2");
        // What these hold is documentation, or is not the same twice.
        for (String path : List.of("/openapi.yaml", "/openapi.json", "/problems/not_found")) {
            TestAnswer answer = answers.client("nobody").get(path);
            answers.recordWithoutBody("nobody", path, answer);
        }
        answers.recordWithoutBody("admin", "/metrics", answers.client("admin").get("/metrics"));
        answers.get("nobody", "/metrics");
        try (InputStream in = Objects.requireNonNull(getClass().getResourceAsStream("/openapi.yaml"))) {
            assertThat(answers.client("nobody").get("/openapi.yaml").body()).isEqualTo(in.readAllBytes());
        }
    }
}
