// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.savedcommand;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.app.TestAnswer;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Policies and saved commands: keys and accounts that run nothing else, and rules, which do not look at them. */
@Timeout(120)
@Tag("real")
class V2SavedCommandPoliciesTest extends SavedCommandScene {
    private static final String WALL = "{'onlySavedCommands': true, 'savedCommands': ['show']}";

    @Test
    void aKeyBehindTheWallRunsTheseAndNothingElse() {
        saved(SHOW);
        saved("{'name': 'other', 'argv': ['true']}");
        setPolicy(WALL);

        assertThat(stdout(run(runner, "show", Map.of("x", "y")))).isEqualTo("a|y|y|");
        refused(run(runner, "{'savedCommand': 'other'}"), "savedCommands");
        refused(run(runner, "{'command': 'true'}"), "onlySavedCommands");
        refused(run(runner, "{'argv': ['true']}"), "onlySavedCommands");
        refused(runner.post("/api/v2/vps/1/agent/exec", "{\"command\": \"true\"}"), "onlySavedCommands");
        assertThat(runner.tryExec(1, "true").status()).isEqualTo(400);
    }

    /** Or a tenant could save what it likes, and run that. */
    @Test
    void behindTheWallOfItsAccountNobodySavesButTheOperator() {
        saved(SHOW);
        String path = "/api/v2/accounts/" + account + "/policy";
        server.admin()
                .send(
                        "PUT",
                        path,
                        request -> request.method("PUT", BodyPublishers.ofString("{\"onlySavedCommands\": true}")));

        refused(save(boss, "{'name': 'show', 'argv': ['sh']}"), "onlySavedCommands");
        refused(run(boss, "{'command': 'true'}"), "onlySavedCommands");
        assertThat(stdout(run(boss, "show", Map.of("x", "y")))).isEqualTo("a|y|y|");
        assertThat(save(server.admin(), "{'name': 'ok', 'argv': ['true'], 'account': '" + account + "'}")
                        .status())
                .isEqualTo(201);
    }

    /** Rules do not look at what is saved. */
    @Test
    void whereRulesBindItsAccountNobodySavesButTheOperator() {
        saved(SHOW);
        String rules = "{\"rules\": [{\"name\": \"only-true\", \"effect\": \"allow\", \"command\": \"true\"}]}";
        server.admin()
                .send(
                        "PUT",
                        "/api/v2/accounts/" + account + "/policy",
                        request -> request.method("PUT", BodyPublishers.ofString(rules)));

        refused(run(boss, "{'command': 'id'}"), "noAllowRule");
        refused(save(boss, "{'name': 'id', 'command': 'id'}"), "operatorSaves");
        assertThat(stdout(run(boss, "show", Map.of("x", "y")))).isEqualTo("a|y|y|");
        assertThat(save(server.admin(), "{'name': 'id', 'command': 'id', 'account': '" + account + "'}")
                        .status())
                .isEqualTo(201);
    }

    /** A shell that was left open before takes commands, too. */
    @Test
    void aKeyBehindTheWallWritesToSavedCommandsAlone() {
        saved("{'name': 'cat', 'argv': ['cat'], 'stdin': true}");
        String open = runner.post("/api/v2/vps/1/executions", "{\"command\": \"sh\", \"stdinFollows\": true}")
                .json()
                .path("id")
                .stringValue();
        setPolicy("{'onlySavedCommands': true}");

        refused(write(open), "onlySavedCommands");
        TestAnswer cat = runner.post("/api/v2/vps/1/executions", "{\"savedCommand\": \"cat\", \"stdinFollows\": true}");
        assertThat(write(cat.json().path("id").stringValue()).status()).isEqualTo(200);
        boss.post("/api/v2/executions/" + open + "/actions/cancel", "{\"graceSeconds\": 0}");
    }

    private TestAnswer write(String execution) {
        return runner.send(
                "POST",
                "/api/v2/executions/" + execution + "/stdin?offset=0&end=true",
                request -> request.method("POST", BodyPublishers.ofString("true")));
    }

    @Test
    void rulesAreForWhatIsNotSaved() {
        saved(SHOW);
        setPolicy("{'rules': [{'name': 'none', 'effect': 'deny', 'command': '.'}]}");

        refused(run(runner, "{'command': 'true'}"), "none");
        assertThat(stdout(run(runner, "show", Map.of("x", "y")))).isEqualTo("a|y|y|");
    }
}
