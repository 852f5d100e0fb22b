// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.answers;

/** Policies, approvals, saved commands and masks. */
final class PolicyAnswers extends Part {
    PolicyAnswers(Scene scene) {
        super(scene);
    }

    void policies() {
        recording.section("Policies");
        String rules = "{'rules': [{'name': 'no-rm', 'effect': 'deny', 'command': 'rm '},"
                + " {'name': 'only-echo', 'effect': 'allow', 'command': 'echo .*'}]}";
        String account = "/api/v2/accounts/" + scene.ours + "/policy";
        answers.get("admin", account);
        answers.put("admin", account, rules);
        answers.get("admin", account);
        answers.post("ourWriter", RUN, "{'command': 'rm -rf x'}");
        answers.post("ourWriter", RUN, "{'command': 'uname'}");
        answers.post("ourWriter", RUN, "{'argv': ['rm', 'x']}");
        answers.post("ourWriter", "/api/v2/vps/1/agent/exec", "{'command': 'rm x'}");
        answers.post("ourWriter", "/api/vm/1/agent/exec", "{'command': 'rm x'}");
        answers.post("ourWriter", RUN + "/actions/check", "{'command': 'rm x'}");
        answers.post("ourWriter", RUN + "/actions/check", "{'command': 'echo x'}");
        answers.post("assistant", RUN + "/actions/check", "{'command': 'echo x'}");
        answers.post("ourWriter", RUN + "/actions/check", "{'surplus': 1}");
        answers.post("ourWriter", "/api/v2/vps/77/executions/actions/check", "{'command': 'x'}");
        answers.put("admin", account, "{'rules': [{'name': 'a', 'effect': 'deny'}]}");
        answers.put("admin", account, "{'rules': [{'name': 'a', 'effect': 'perhaps', 'command': '('}]}");
        answers.put("admin", account, "{'rules': [{'name': 'a', 'effect': 'deny', 'command': '('}]}");
        answers.put("admin", account, "{'surplus': 1, 'approval': 'x', 'savedCommands': ['a b']}");
        answers.put("admin", account, "");
        answers.play("admin", "PUT", account, rules, "If-None-Match", "*");
        answers.put("boss", account, rules);
        answers.get("boss", account);
        answers.get("theirBoss", account);
        answers.put("admin", "/api/v2/accounts/ffffffffffff/policy", rules);
        answers.delete("admin", account);
        answers.delete("admin", account);
        String key = "/api/v2/keys/" + answers.idOf("ourWriter") + "/policy";
        answers.get("boss", key);
        answers.put("boss", key, "{'onlySavedCommands': true}");
        answers.get("boss", key);
        answers.post("ourWriter", RUN, "{'command': 'echo x'}");
        answers.get("theirBoss", key);
        answers.put("theirBoss", key, "{}");
        answers.put("boss", "/api/v2/keys/" + answers.idOf("boss") + "/policy", "{'approval': true}");
        answers.put("boss", key, "{'rules': {}}");
        answers.delete("theirBoss", key);
        answers.delete("boss", key);
        answers.get("boss", "/api/v2/keys/ffffffffffff/policy");
    }

    void approvals() {
        recording.section("Approvals");
        // Its VM has no agent, so that it still waits when it is approved.
        answers.post("admin", "/api/v2/vps/4/actions/assign", "{'account': '" + scene.ours + "'}");
        String asked = ALL + "/"
                + id(answers.make(
                        "asked",
                        "assistant",
                        "/api/v2/vps/4/executions",
                        "{'command': 'echo deploy', 'cwd': '/', 'deliveryTimeoutSeconds': 600}"));
        answers.get("assistant", asked);
        answers.get("person", asked);
        answers.get("ourWriter", asked);
        answers.get("reader", asked);
        answers.get("person", ALL + "?state=pending");
        String digest = answers.client("person")
                .get(asked)
                .json()
                .path("approval")
                .path("digest")
                .asString();
        String body = "{'digest': '" + digest + "'}";
        answers.post("person", asked + "/actions/approve", "{}");
        answers.post("person", asked + "/actions/approve", "{'digest': 'x', 'surplus': 1}");
        answers.post("person", asked + "/actions/approve", "{'digest': 'sha256:" + "0".repeat(64) + "'}");
        answers.post("assistant", asked + "/actions/approve", body);
        answers.post("theirBoss", asked + "/actions/approve", body);
        answers.post("reader", asked + "/actions/approve", body);
        answers.post("person", asked + "/actions/approve", body);
        answers.get("person", asked);
        answers.post("person", asked + "/actions/approve", body);
        answers.post("person", asked + "/actions/reject", "");
        String runs = ALL + "/" + id(answers.make("approved", "assistant", RUN, "{'argv': ['echo', 'deployed']}"));
        String seen = answers.client("person")
                .get(runs)
                .json()
                .path("approval")
                .path("digest")
                .asString();
        answers.client("person").post(runs + "/actions/approve", "{\"digest\": \"" + seen + "\"}");
        answers.client("person").get(runs + "?wait=30");
        answers.get("assistant", runs + "?output=true");
        String other =
                ALL + "/" + id(answers.make("rejected", "assistant", RUN, "{'command': 'echo no', 'stdin': 'x'}"));
        answers.post("theirBoss", other + "/actions/reject", "");
        answers.post("person", other + "/actions/reject", "{'surplus': 1}");
        answers.post("person", other + "/actions/reject", "{}");
        answers.get("person", other);
        answers.post("person", other + "/actions/reject", "{}");
        answers.post("assistant", RUN, "{'command': 'x', 'stdinFollows': true}");
        answers.post("assistant", RUN, "{'command': 'x', 'secretEnv': {'A': 'long enough'}}");
        answers.post("assistant", "/api/v2/vps/1/agent/exec", "{'command': 'x'}");
        answers.post("assistant", "/api/vm/1/agent/exec", "{'command': 'x'}");
        answers.post("admin", ALL + "/" + NOTHING + "/actions/approve", body);
        answers.post("admin", ALL + "/" + NOTHING + "/actions/reject", "{}");
    }

    void savedCommands() {
        recording.section("Saved commands");
        String saved = "/api/v2/saved-commands";
        String show =
                "{'name': 'show', 'description': 'shows', 'argv': ['printf', '%s|', '{{x}}'], 'timeoutSeconds': 20,"
                        + " 'parameters': [{'name': 'x', 'type': 'string', 'as': 'argument', 'pattern': '[a-z]+', 'maxLength': 9}]}";
        answers.get("boss", saved);
        answers.post("boss", saved, show);
        answers.post("boss", saved, show);
        answers.post("boss", saved, "{'name': 'plain', 'command': 'cat', 'stdin': true, 'env': {'A': 'b'}}");
        answers.post("admin", saved, "{'name': 'operators', 'argv': ['true']}");
        answers.get("boss", saved);
        answers.get("reader", saved + "?account=" + scene.ours);
        answers.get("admin", saved + "?account=" + scene.ours + "&limit=1");
        page("admin", saved + "?account=" + scene.ours + "&limit=1");
        answers.get("admin", saved);
        answers.get("boss", saved + "/show");
        answers.get("ourWriter", saved + "/plain");
        answers.get("theirBoss", saved + "/show");
        answers.get("boss", saved + "/nothing");
        answers.get("boss", saved + "/a%20b");
        answers.post("boss", saved, "{}");
        answers.post("boss", saved, "{'name': 'a b', 'argv': ['{{y}}'], 'command': 'x', 'surplus': 1}");
        answers.post("boss", saved, "{'name': 'a', 'argv': ['{{y}}']}");
        answers.post(
                "boss",
                saved,
                "{'name': 'a', 'argv': ['sh', '-c', '{{y}}'],"
                        + " 'parameters': [{'name': 'y', 'type': 'string', 'as': 'argument'}]}");
        answers.post(
                "boss",
                saved,
                "{'name': 'a', 'argv': ['x'], 'parameters': [{'name': 'y', 'type': 'choice',"
                        + " 'as': 'argument', 'min': 4, 'default': 'q'}]}");
        answers.post("theirBoss", saved, "{'name': 'a', 'argv': ['x'], 'account': '" + scene.ours + "'}");
        answers.post("ourWriter", saved, show);
        answers.make(
                "saved run", "ourWriter", RUN + "?wait=30", "{'savedCommand': 'show', 'parameters': {'x': 'abc'}}");
        answers.make("saved stdin", "ourWriter", RUN + "?wait=30", "{'savedCommand': 'plain', 'stdin': 'in'}");
        answers.post("ourWriter", RUN, "{'savedCommand': 'show', 'version': 1, 'parameters': {'x': 'ABC'}}");
        answers.post("ourWriter", RUN, "{'savedCommand': 'show', 'version': 3, 'parameters': {'y': 1}}");
        answers.post("ourWriter", RUN, "{'savedCommand': 'show', 'parameters': {'x': 1, 'y': 1}}");
        answers.post("ourWriter", RUN, "{'savedCommand': 'show', 'stdin': 'x', 'timeoutSeconds': 21}");
        answers.post("ourWriter", RUN, "{'savedCommand': 'nothing'}");
        answers.post("ourWriter", RUN, "{'savedCommand': 'show', 'command': 'x', 'cwd': '/'}");
        answers.post("ourWriter", RUN + "/actions/check", "{'savedCommand': 'show', 'parameters': {'x': 'abc'}}");
        answers.delete("theirBoss", saved + "/show?account=" + scene.ours);
        answers.delete("boss", saved + "/show");
        answers.delete("boss", saved + "/show");
        answers.delete("admin", saved + "/plain?account=" + scene.ours);
        answers.delete("admin", saved + "/operators?account=x");
    }

    void masks() {
        recording.section("Masks");
        String masks = "/api/v2/masks";
        answers.get("boss", masks);
        answers.post("boss", masks, "{'name': 'token', 'pattern': 'tok-[0-9]+'}");
        answers.post("admin", masks + "?account=" + scene.ours, "{'name': 'second', 'pattern': 'xyzzy'}");
        answers.post("boss", masks, "{'name': 'token', 'pattern': 'tok-[0-9]+'}");
        answers.post("boss", masks, "{'name': 'a b', 'pattern': '('}");
        answers.post("boss", masks, "{'name': 'all', 'pattern': '.*', 'surplus': 1}");
        answers.post("boss", masks, "{'name': 'all', 'pattern': 'a*'}");
        answers.post("boss", masks, "{}");
        answers.post("admin", masks + "?account=x", "{'name': 'a', 'pattern': 'secret'}");
        answers.post("theirBoss", masks + "?account=" + scene.ours, "{'name': 'a', 'pattern': 'secret'}");
        answers.get("boss", masks);
        answers.get("theirBoss", masks);
        answers.get("admin", masks);
        answers.get("admin", masks + "?account=" + scene.ours);
        answers.get("boss", masks + "/token");
        answers.get("theirBoss", masks + "/token");
        answers.play("boss", "DELETE", masks + "/token", "", "If-Match", "\"other\"");
        String path = ended("masked", "ourWriter", "{'command': 'echo a tok-123 b; echo xyzzy'}");
        answers.get("ourWriter", path + "?output=true");
        answers.get("ourWriter", path + "/output");
        answers.get("ourWriter", path + "/output?offset=3&limit=4");
        answers.get("ourWriter", path + "/output", "Range", "bytes=3-6");
        answers.get("ourWriter", path + "/events");
        answers.get("admin", path + "/output");
        answers.delete("boss", masks + "/token");
        answers.delete("boss", masks + "/token");
        answers.delete("theirBoss", masks + "/second?account=" + scene.ours);
        answers.delete("admin", masks + "/second?account=" + scene.ours);
    }
}
