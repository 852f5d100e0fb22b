// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.answers;

import static java.util.stream.Collectors.joining;

import java.util.ArrayList;
import java.util.List;

/** What is asked of guests beside commands. */
final class GuestAnswers extends Part {
    GuestAnswers(Scene scene) {
        super(scene);
    }

    void guests() {
        recording.section("Guests beside commands");
        passwords();
        keys();
        clock();
        doctor();
    }

    private void doctor() {
        answers.get("reader", "/api/v2/doctor");
        answers.get("boss", "/api/v2/doctor");
        answers.get("reader", "/api/v2/vps/2/doctor");
        answers.get("reader", "/api/v2/vps/4/doctor");
        answers.get("reader", "/api/v2/vps/5/doctor");
        answers.get("theirBoss", "/api/v2/vps/2/doctor");
    }

    private void clock() {
        String path = "/api/v2/vps/2/actions/sync-time";
        answers.post("admin", path, "");
        scene.scripted.on("guest-set-time", (request, wire) -> wire.reply("{}"));
        answers.post("admin", path, "");
        answers.post("admin", path, "{'source': 'hardware'}");
        answers.post("admin", path, "{'source': 'ntp'}");
        scene.scripted.on("guest-set-time", (request, wire) -> wire.error("GenericError", "no hwclock"));
        answers.post("admin", path, "{'source': 'host'}");
        answers.post("admin", "/api/v2/vps/4/actions/sync-time", "");
        answers.post("admin", "/api/v2/vps/77/actions/sync-time", "");
    }

    private void keys() {
        String path = "/api/v2/vps/2/ssh-keys";
        String key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g";
        String fingerprint = "SHA256:mKqU+0K8OhKmA8bBQi9Rz0Q5l7/g160hIP+rJYSTNj4";
        List<String> lines = new ArrayList<>();
        scene.scripted.on(
                "guest-info",
                (request, wire) -> wire.reply("{\"version\": \"9.0\", \"supported_commands\": ["
                        + "{\"name\": \"guest-ssh-get-authorized-keys\", \"enabled\": true},"
                        + "{\"name\": \"guest-ssh-add-authorized-keys\", \"enabled\": true},"
                        + "{\"name\": \"guest-ssh-remove-authorized-keys\", \"enabled\": true}]}"));
        scene.scripted.on(
                "guest-ssh-get-authorized-keys",
                (request, wire) -> wire.reply("{\"keys\": ["
                        + lines.stream().map(line -> '"' + line + '"').collect(joining(",")) + "]}"));
        scene.scripted.on("guest-ssh-add-authorized-keys", (request, wire) -> {
            lines.add(key + " ada");
            wire.reply("{}");
        });
        scene.scripted.on("guest-ssh-remove-authorized-keys", (request, wire) -> {
            lines.clear();
            wire.reply("{}");
        });
        answers.get("admin", path);
        answers.post("admin", path, "{'user': 'root', 'key': '" + key + " ada'}");
        answers.get("admin", path + "?user=root");
        answers.post("admin", path, "{'user': 'root', 'key': '" + key + "', 'expiresAt': '2996-01-31T09:30:00Z'}");
        answers.post("admin", path, "{'user': 'deploy', 'key': '" + key + "'}");
        answers.post("admin", path, "{'user': '-', 'key': 'no-pty " + key + "', 'expiresAt': '2006-01-31T09:30:00Z'}");
        String remove = path + "?fingerprint=" + fingerprint.replace("+", "%2B");
        answers.play("admin", "DELETE", remove, "");
        answers.play("admin", "DELETE", remove, "");
        answers.play("admin", "DELETE", path, "");
        answers.play("admin", "DELETE", path + "?user=-&fingerprint=x", "");
        answers.get("admin", "/api/v2/vps/4/ssh-keys");
        answers.get("admin", "/api/v2/vps/77/ssh-keys");
        scene.script();
    }

    private void passwords() {
        String path = "/api/v2/vps/2/actions/set-password";
        String body = "{'user': 'deploy', 'password': 'x'}";
        answers.post("admin", path, body);
        scene.scripted.on("guest-set-user-password", (request, wire) -> wire.reply("{}"));
        answers.post("admin", path, body);
        scene.scripted.on(
                "guest-set-user-password",
                (request, wire) -> wire.error("GenericError", "user 'deploy' does not exist"));
        answers.post("admin", path, body);
        answers.post("admin", path, "{'user': '-', 'password': ''}");
        answers.post("admin", "/api/v2/vps/4/actions/set-password", body);
        answers.post("admin", "/api/v2/vps/77/actions/set-password", body);
    }
}
