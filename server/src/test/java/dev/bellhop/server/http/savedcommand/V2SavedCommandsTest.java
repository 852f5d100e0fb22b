// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.savedcommand;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.Json;
import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestClient;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** Commands that are saved under a name: their versions, who sees them, and how many there may be. */
@Timeout(120)
@Tag("real")
class V2SavedCommandsTest extends SavedCommandScene {
    @Test
    void aNameHasVersionsThatOutliveARestart() {
        for (String word : List.of("one", "two")) {
            saved("{'name': 'v', 'argv': ['echo', '" + word + "'], 'description': 'says " + word + "'}");
        }
        server.restart();

        assertThat(stdout(run(runner, "{'savedCommand': 'v'}"))).isEqualTo("two\n");
        assertThat(stdout(run(runner, "{'savedCommand': 'v', 'version': 1}"))).isEqualTo("one\n");
        assertThat(faults(run(runner, "{'savedCommand': 'v', 'version': 3}"))).isEqualTo("/version unknown_value");
        assertThat(runner.get(PATH + "/v").json().path("items").valueStream())
                .extracting(one -> one.path("version").intValue())
                .containsExactly(2, 1);
        assertThat(runner.get(PATH).json().path("items").valueStream())
                .extracting(one -> one.path("description").stringValue())
                .containsExactly("says two");

        assertThat(boss.send("DELETE", PATH + "/v", request -> {}).status()).isEqualTo(204);
        assertThat(boss.send("DELETE", PATH + "/v", request -> {}).status()).isEqualTo(404);
        server.restart();
        assertThat(faults(run(runner, "{'savedCommand': 'v'}"))).isEqualTo("/savedCommand unknown_value");
    }

    @Test
    void theOldestVersionMakesRoom() {
        for (int i = 0; i <= 20; i++) {
            saved("{'name': 'v', 'argv': ['echo', '" + i + "']}");
        }
        server.restart();
        List<Integer> versions = runner.get(PATH + "/v")
                .json()
                .path("items")
                .valueStream()
                .map(one -> one.path("version").intValue())
                .toList();
        assertThat(versions).hasSize(20).startsWith(21).endsWith(2);
    }

    @Test
    void thereAreNoMoreThanMayBe() {
        for (int i = 0; i < 100; i++) {
            saved("{'name': 'n" + i + "', 'argv': ['x']}");
        }
        TestAnswer more = save(boss, "{'name': 'more', 'argv': ['x']}");
        assertThat(more.status()).isEqualTo(409);
        assertThat(more.json().path("code").stringValue()).isEqualTo("too_many_saved_commands");
        saved("{'name': 'n1', 'argv': ['x']}");
    }

    @Test
    void allOfItIsShownAsItWasSaved() {
        String all =
                "{'name': 'all', 'description': 'd', 'argv': ['p', '{{s}}', '{{i}}', '{{b}}', '{{c}}'], 'env': {'A': 'b'},"
                        + " 'user': 'nobody', 'cwd': '/tmp', 'timeoutSeconds': 5, 'stdin': true, 'parameters': ["
                        + "{'name': 's', 'type': 'string', 'as': 'argument', 'description': 'x', 'required': false, 'default': 'y',"
                        + " 'pattern': '[a-z-]+', 'maxLength': 9, 'leadingDash': true},"
                        + "{'name': 'i', 'type': 'integer', 'as': 'argument', 'required': true, 'min': -3, 'max': 7},"
                        + "{'name': 'b', 'type': 'boolean', 'as': 'argument', 'required': false, 'default': false},"
                        + "{'name': 'c', 'type': 'choice', 'as': 'argument', 'required': false, 'default': 'q', 'choices': ['q', 'r']}]}";
        TestAnswer made = save(boss, all);
        server.restart();
        JsonNode shown = boss.get(PATH + "/all").json().path("items").path(0);

        assertThat(shown).isEqualTo(made.json());
        JsonNode wanted = Json.mapper().readTree(all.replace('\'', '"'));
        wanted.propertyNames()
                .forEach(name -> assertThat(shown.path(name)).as(name).isEqualTo(wanted.path(name)));
        assertThat(shown.path("account").stringValue()).isEqualTo(account);
        assertThat(made.headers().firstValue("Location")).contains(PATH + "/all");

        JsonNode toReader =
                server.tenant(account, "read:vm").get(PATH).json().path("items").path(0);
        assertThat(toReader.path("parameters")).isEqualTo(shown.path("parameters"));
        assertThat(toReader.propertyNames())
                .doesNotContain("argv", "env", "user", "cwd", "command", "shell", "timeoutSeconds");
    }

    /** Another's account, and the operator, has its own. */
    @Test
    void whatIsAnothersDoesNotExist() {
        saved(SHOW);
        TestClient stranger = server.tenant(server.makeAccount("theirs"), "admin:account", "write:vm");
        TestClient operator =
                server.client(server.makeKey(List.of("write:vm"), null).secret());

        for (TestClient other : List.of(stranger, operator)) {
            TestAnswer there = other.get(PATH + "/show?account=" + account);
            TestAnswer nowhere = other.get(PATH + "/nothing?account=ffffffffffff");
            assertThat(there.status()).isEqualTo(404);
            assertThat(there.message()).isEqualTo(nowhere.message());
            assertThat(other.get(PATH + "/show").status()).isEqualTo(404);
            assertThat(other.get(PATH + "?account=" + account)
                            .json()
                            .path("items")
                            .isEmpty())
                    .isTrue();
        }
        assertThat(stranger.send("DELETE", PATH + "/show?account=" + account, request -> {})
                        .status())
                .isEqualTo(404);
        assertThat(faults(save(stranger, SHOW.replaceFirst("\\{", "{'account': '" + account + "', "))))
                .isEqualTo("/account unknown_value");
        assertThat(faults(run(operator, "show", Map.of("x", "y")))).isEqualTo("/savedCommand unknown_value");
        // The operator manages them.
        assertThat(server.admin().get(PATH + "/show?account=" + account).status())
                .isEqualTo(200);
        assertThat(save(server.admin(), "{'name': 'o', 'argv': ['echo', 'o'], 'account': '" + account + "'}")
                        .status())
                .isEqualTo(201);
        assertThat(stdout(run(runner, "{'savedCommand': 'o'}"))).isEqualTo("o\n");
        assertThat(server.admin()
                        .send("DELETE", PATH + "/o?account=" + account, request -> {})
                        .status())
                .isEqualTo(204);
    }

    @Test
    void theOperatorsAreForItsOwnKeys() {
        assertThat(save(server.admin(), "{'name': 'ops', 'argv': ['echo', 'ops']}")
                        .status())
                .isEqualTo(201);
        TestClient operator =
                server.client(server.makeKey(List.of("write:vm"), null).secret());

        assertThat(stdout(run(operator, "{'savedCommand': 'ops'}"))).isEqualTo("ops\n");
        assertThat(faults(run(runner, "{'savedCommand': 'ops'}"))).isEqualTo("/savedCommand unknown_value");
    }

    @Test
    void whatParametersAreUnlessGivenTakesRoomToo() {
        String parameters = java.util.stream.IntStream.range(0, 7)
                .mapToObj(i ->
                        "{'name': 'X" + i + "', 'type': 'string', 'as': 'environment', 'maxLength': 8192, 'default': '"
                                + "x".repeat(8_192) + "'}")
                .collect(Collectors.joining(", ", "[", "]"));
        String command = "{'name': 'NAME', 'argv': ['x'], 'parameters': " + parameters + "}";
        for (int i = 0; i < 65; i++) {
            saved(command.replace("NAME", "n" + i));
        }
        for (int i = 65; i < 73; i++) {
            save(boss, command.replace("NAME", "n" + i));
        }

        TestAnswer more = save(boss, command.replace("NAME", "more"));

        assertThat(more.status()).isEqualTo(409);
        assertThat(more.json().path("code").stringValue()).isEqualTo("too_many_saved_commands");
    }

    @Test
    void whatAnAccountHasSavedGoesWithIt() {
        String gone = server.makeAccount("gone");
        assertThat(save(server.admin(), "{'name': 'x', 'argv': ['x'], 'account': '" + gone + "'}")
                        .status())
                .isEqualTo(201);
        server.admin().send("DELETE", "/api/v2/accounts/" + gone, request -> {});

        assertThat(server.admin().get(PATH + "/x?account=" + gone).status()).isEqualTo(404);
        server.restart();
        assertThat(server.admin().get(PATH + "/x?account=" + gone).status()).isEqualTo(404);
        assertThat(faults(save(server.admin(), "{'name': 'x', 'argv': ['x'], 'account': '" + gone + "'}")))
                .isEqualTo("/account unknown_value");
    }
}
