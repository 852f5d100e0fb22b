// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.Json;
import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestClient;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.server.policy.SavedCommand;
import dev.bellhop.server.policy.SavedCommand.Template;
import dev.bellhop.server.policy.SavedParameters.Parameter;
import dev.bellhop.server.policy.SavedParameters.Text;
import dev.bellhop.server.policy.SavedParameters.Use;
import dev.bellhop.server.store.sql.SqlSavedCommandStore;
import dev.bellhop.server.store.sqlite.SqliteDatabase;
import dev.bellhop.server.store.sqlite.TestStores;
import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.testkit.RealAgent;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Commands that are saved under a name, and run with values of their parameters. */
@Timeout(120)
class V2SavedCommandsTest {
    private static final String PATH = "/api/v2/saved-commands";
    private static final String RUN = "/api/v2/vps/1/executions?wait=30";
    private static final String SHOW =
            "{'name': 'show', 'argv': ['printf', '%s|', 'a', '{{x}}', '{{x}}'], 'parameters':"
                    + " [{'name': 'x', 'type': 'string', 'as': 'argument'}]}";
    private static final String WALL = "{'onlySavedCommands': true, 'savedCommands': ['show']}";

    @TempDir
    private static Path folder;

    private static RealAgent agent;
    private static TestServer server;
    private String account = "";
    private TestClient boss;
    private TestClient.MadeKey key;
    private TestClient runner;

    @BeforeAll
    static void start() throws Exception {
        agent = RealAgent.start(Files.createDirectory(folder.resolve("a")));
        server = TestServer.in(folder).vm(1, agent.socket()).start();
    }

    @AfterAll
    static void stop() {
        server.close();
        agent.close();
    }

    @BeforeEach
    void makeAccount() {
        account = server.makeAccount("ours", 1);
        boss = server.tenant(account, "admin:account", "write:vm");
        key = server.makeKeyOf(account, "write:vm");
        runner = server.client(key.secret());
    }

    private static TestAnswer save(TestClient caller, String command) {
        return caller.post(PATH, command.replace('\'', '"'));
    }

    private void saved(String command) {
        TestAnswer answer = save(boss, command);
        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
    }

    private static TestAnswer run(TestClient caller, String body) {
        return caller.post(RUN, body.replace('\'', '"'));
    }

    private static TestAnswer run(TestClient caller, String name, Map<String, Object> parameters) {
        return caller.post(
                RUN, Json.mapper().writeValueAsString(Map.of("savedCommand", name, "parameters", parameters)));
    }

    private static String stdout(TestAnswer answer) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
        return answer.json().path("output").path("stdout").stringValue();
    }

    private void setPolicy(String policy) {
        TestAnswer answer = boss.send(
                "PUT",
                "/api/v2/keys/" + key.id() + "/policy",
                request -> request.method("PUT", BodyPublishers.ofString(policy.replace('\'', '"'))));
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    }

    private static String faults(TestAnswer answer) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        return answer.json()
                .path("errors")
                .valueStream()
                .map(error -> error.path("pointer").stringValue() + " "
                        + error.path("code").stringValue())
                .collect(Collectors.joining(", "));
    }

    private static void refused(TestAnswer answer, String rule) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(403);
        assertThat(answer.json().path("rule").stringValue()).isEqualTo(rule);
    }

    @ParameterizedTest
    @ValueSource(strings = {"; rm -rf /", "$(id)", "`id`", "a b  c", "'\"", "x\ny", "{{x}}", "|| reboot", "%s"})
    void aValueArrivesAsItIs(String value) {
        saved(SHOW);
        saved("{'name': 'text', 'command': 'printf %s \\\"$X\\\"', 'parameters':"
                + " [{'name': 'X', 'type': 'string', 'as': 'environment'}]}");

        assertThat(stdout(run(runner, "show", Map.of("x", value)))).isEqualTo("a|" + value + "|" + value + "|");
        assertThat(stdout(run(runner, "text", Map.of("X", value)))).isEqualTo(value);
    }

    @Test
    void anExecutionSaysWhichSavedCommandItIsAndWhatItRan() {
        saved(SHOW);
        JsonNode ran = run(runner, "show", Map.of("x", "y")).json();

        assertThat(ran.path("savedCommand").stringValue()).isEqualTo("show");
        assertThat(ran.path("savedCommandVersion").intValue()).isEqualTo(1);
        assertThat(ran.path("argv").valueStream().map(JsonNode::stringValue))
                .containsExactly("printf", "%s|", "a", "y", "y");
        server.restart();
        JsonNode later =
                runner.get("/api/v2/executions/" + ran.path("id").stringValue()).json();
        assertThat(later.path("savedCommand").stringValue()).isEqualTo("show");
        assertThat(later.path("savedCommandVersion").intValue()).isEqualTo(1);
    }

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

    @ParameterizedTest
    @CsvSource(
            delimiter = '!',
            quoteCharacter = '~',
            value = {
                "'command': 'x' ! /command",
                "'argv': ['x'] ! /argv",
                "'shell': 'x' ! /shell",
                "'env': {'LD_PRELOAD': 'x'} ! /env",
                "'user': 'root' ! /user",
                "'cwd': '/' ! /cwd",
                "'stdin': 'x' ! /stdin",
                "'stdinBase64': 'eA==' ! /stdinBase64",
                "'stdinFollows': true ! /stdinFollows",
                "'stdinFollows': false ! /stdinFollows"
            })
    void itsCallerSaysNothingThatIsTheSavedCommands(String field, String pointer) {
        saved(SHOW);
        assertThat(faults(run(runner, "{'savedCommand': 'show', 'parameters': {'x': 'y'}, " + field + "}")))
                .isEqualTo(pointer + " unknown_field");
    }

    @Test
    void itsCallerMayAskForLessTimeAndNoMore() {
        saved("{'name': 't', 'argv': ['true'], 'timeoutSeconds': 5}");

        assertThat(faults(run(runner, "{'savedCommand': 't', 'timeoutSeconds': 6}")))
                .isEqualTo("/timeoutSeconds out_of_range");
        assertThat(run(runner, "{'savedCommand': 't', 'timeoutSeconds': 4}")
                        .json()
                        .path("timeoutSeconds")
                        .intValue())
                .isEqualTo(4);
        assertThat(run(runner, "{'savedCommand': 't'}")
                        .json()
                        .path("timeoutSeconds")
                        .intValue())
                .isEqualTo(5);
    }

    @Test
    void theValuesAreThoseOfItsParameters() {
        saved("{'name': 'p', 'argv': ['printf', '%s|', '{{i}}', '{{d}}'], 'parameters': ["
                + "{'name': 'i', 'type': 'integer', 'as': 'argument'},"
                + "{'name': 'd', 'type': 'string', 'as': 'argument', 'default': 'usual'},"
                + "{'name': 'E', 'type': 'string', 'as': 'environment', 'required': false}]}");

        assertThat(stdout(run(runner, "p", Map.of("i", 5)))).isEqualTo("5|usual|");
        assertThat(stdout(run(runner, "p", Map.of("i", "5", "d", "other")))).isEqualTo("5|other|");
        assertThat(faults(run(runner, "p", Map.of()))).isEqualTo("/parameters/i required");
        assertThat(faults(run(runner, "p", Map.of("i", -5)))).isEqualTo("/parameters/i unknown_value");
        assertThat(faults(run(runner, "p", Map.of("i", 5, "d", "-rf")))).isEqualTo("/parameters/d unknown_value");
        assertThat(faults(run(runner, "p", Map.of("i", 5, "E", "a\0b")))).isEqualTo("/parameters/E unknown_value");
        TestAnswer more = run(runner, "p", Map.of("i", 5, "PATH", "hunter2"));
        assertThat(faults(more)).isEqualTo("/parameters unknown_field");
        assertThat(more.text()).doesNotContain("hunter2");
        assertThat(faults(run(runner, "{'command': 'true', 'parameters': {'i': 5}, 'version': 1}")))
                .isEqualTo("/version unknown_field, /parameters unknown_field");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '!',
            quoteCharacter = '~',
            value = {
                "'argv': ['x', '--a={{x}}'] ! /argv/1 malformed, /parameters unknown_value",
                "'argv': ['{{x}}'] ! /argv/0 malformed",
                "'argv': ['sh', '-c', '{{x}}'] ! /argv/2 malformed",
                "'argv': ['env', '/bin/bash', '-ec', '{{x}}'] ! /argv/3 malformed",
                "'argv': ['sh', '-ce', '{{x}}'] ! /argv/2 malformed",
                "'argv': ['sh', '-c', '-e', '{{x}}'] ! /argv/3 malformed",
                "'argv': ['sh', '-c', '--', '{{x}}'] ! /argv/3 malformed",
                "'argv': ['bash', '-co', 'pipefail', '{{x}}'] ! /argv/3 malformed",
                "'argv': ['bash', '-c', '-o', 'pipefail', '+x', '{{x}}'] ! /argv/5 malformed",
                "'argv': ['su', '--command={{x}}'] ! /argv/1 malformed, /parameters unknown_value",
                "'argv': ['cmd.exe', '/c', 'dir', '{{x}}'] ! /argv/3 malformed",
                "'argv': ['deploy.bat', '{{x}}'] ! /argv/1 malformed",
                "'argv': ['x', '{{y}}', '{{x}}'] ! /argv/1 unknown_value",
                "'argv': ['x'] ! /parameters unknown_value",
                "'command': 'echo {{x}}' ! /command malformed, /parameters unknown_value",
                "'argv': ['x', '{{x}}'], 'command': 'x' ! /argv unknown_field",
                "'argv': ['x', '{{x}}'], 'cwd': 'x' ! /cwd malformed"
            })
    void aParameterIsAWordOfItsOwn(String fields, String faults) {
        assertThat(faults(save(
                        boss,
                        "{'name': 'n', " + fields
                                + ", 'parameters': [{'name': 'x', 'type': 'string', 'as': 'argument'}]}")))
                .isEqualTo(faults);
    }

    /** Whoever saves it can mean it. */
    @Test
    void aParameterThatIsCodeSaysSo() {
        String code = "{'name': 'n', 'argv': ['rbash', '-c', '{{x}}'], 'parameters':"
                + " [{'name': 'x', 'type': 'string', 'as': 'argument'CODE}]}";
        assertThat(faults(save(boss, code.replace("CODE", ", 'code': false")))).isEqualTo("/argv/2 malformed");
        saved(code.replace("CODE", ", 'code': true"));
        server.restart();

        assertThat(boss.get(PATH + "/n").json().at("/items/0/parameters/0/code").booleanValue())
                .isTrue();
        assertThat(faults(save(
                        boss,
                        "{'name': 'e', 'argv': ['x'], 'parameters': [{'name': 'X', 'type': 'string', 'as': 'environment', 'code':"
                                + " true}]}")))
                .isEqualTo("/parameters/0/code unknown_field");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "LD_PRELOAD",
                "LD_LIBRARY_PATH",
                "PATH",
                "Path",
                "IFS",
                "ENV",
                "BASH_ENV",
                "BASH_FUNC_ls",
                "SHELLOPTS",
                "PS4",
                "PYTHONPATH",
                "PYTHONSTARTUP",
                "PERL5OPT",
                "PERL5LIB",
                "RUBYOPT",
                "NODE_OPTIONS",
                "JAVA_TOOL_OPTIONS",
                "GIT_SSH_COMMAND",
                "GIT_CONFIG_COUNT",
                "GCONV_PATH",
                "HOME",
                "PAGER",
                "EDITOR"
            })
    void aVariableThatTellsWhatToRunIsNoParameter(String name) {
        assertThat(faults(save(
                        boss,
                        "{'name': 'n', 'argv': ['x'], 'parameters': [{'name': '" + name
                                + "', 'type': 'string', 'as': 'environment'}]}")))
                .isEqualTo("/parameters/0/name unknown_value");
    }

    /** An earlier version of the server let it be saved. */
    @Test
    void norIsOneOfACommandThatWasSavedEarlier() throws Exception {
        server.stop();
        try (SqliteDatabase database = TestStores.open(server.data().resolve("bellhop.db"))) {
            Parameter parameter =
                    new Parameter("LD_PRELOAD", null, Use.ENVIRONMENT, new Text(null, 100, false), null, false, false);
            new SqlSavedCommandStore(database)
                    .insert(
                            new SavedCommand(
                                    Tenant.account(account),
                                    "old",
                                    1,
                                    null,
                                    new Template(null, null, List.of("true"), Map.of(), null, null, null),
                                    List.of(parameter),
                                    false,
                                    Instant.EPOCH,
                                    key.id()),
                            null)
                    .join();
        }
        server.start();

        assertThat(faults(run(runner, "old", Map.of("LD_PRELOAD", "/tmp/hunter2.so"))))
                .isEqualTo("/parameters/LD_PRELOAD unknown_value");
        assertThat(run(runner, "old", Map.of()).status()).isEqualTo(201);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"APP_ENV", "RELEASE", "X", "LINES", "LANG", "TZ", "HOSTNAME", "LOG_PATH", "NODE_ENV", "GOAL"})
    void othersAre(String name) {
        saved("{'name': 'n', 'argv': ['x'], 'parameters': [{'name': '" + name
                + "', 'type': 'string', 'as': 'environment'}]}");
    }

    @Test
    void anArgumentOfAShellsTextIsAWord() {
        saved(
                "{'name': 'n', 'argv': ['bash', '-o', 'pipefail', '-ec', 'printf %s \\\"$1\\\"', 'sh', '{{x}}'], 'parameters':"
                        + " [{'name': 'x', 'type': 'string', 'as': 'argument'}]}");

        assertThat(stdout(run(runner, "n", Map.of("x", "$(id)")))).isEqualTo("$(id)");
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
    void aCostlyPatternIsMatchedWithNothing() {
        String pattern = "(" + "[a-z]?".repeat(80) + "){100}";
        String parameter = "{'name': 'NAME', 'type': 'string', 'as': 'environment', 'pattern': '" + pattern
                + "', 'maxLength': 8192, 'default': '" + "x".repeat(8_192) + "'}";

        assertThat(faults(save(
                        boss,
                        "{'name': 'n', 'argv': ['x'], 'parameters': [" + parameter.replace("NAME", "A") + ", "
                                + parameter.replace("NAME", "B") + "]}")))
                .isEqualTo("/parameters out_of_range");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '!',
            quoteCharacter = '~',
            value = {
                "'type': 'text' ! /parameters/0/type unknown_value",
                "'type': 'string', 'min': 1 ! /parameters/0/min unknown_field",
                "'type': 'string', 'pattern': '(' ! /parameters/0/pattern malformed",
                "'type': 'string', 'maxLength': 0 ! /parameters/0/maxLength out_of_range",
                "'type': 'string', 'required': false ! /parameters/0/default required",
                "'type': 'string', 'required': true, 'default': 'x' ! /parameters/0/required unknown_field",
                "'type': 'string', 'default': '-x' ! /parameters/0/default unknown_value",
                "'type': 'integer', 'min': 2, 'max': 1 ! /parameters/0/max out_of_range",
                "'type': 'integer', 'default': 1.5 ! /parameters/0/default unknown_value",
                "'type': 'choice' ! /parameters/0/choices out_of_range",
                "'type': 'boolean', 'choices': ['x'] ! /parameters/0/choices unknown_field"
            })
    void whatIsWrongWithAParameterIsNamed(String fields, String faults) {
        assertThat(faults(save(
                        boss,
                        "{'name': 'n', 'argv': ['x', '{{x}}'], 'parameters': [{'name': 'x', 'as': 'argument', " + fields
                                + "}]}")))
                .isEqualTo(faults);
    }

    @Test
    void aVariableIsSetOnce() {
        assertThat(faults(save(
                        boss,
                        "{'name': 'n', 'command': 'x', 'env': {'A': 'b'}, 'parameters': [{'name': 'A', 'type': 'string', 'as':"
                                + " 'environment'}]}")))
                .isEqualTo("/parameters/0/name unknown_value");
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
