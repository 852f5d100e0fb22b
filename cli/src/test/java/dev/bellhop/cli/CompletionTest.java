// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.bellhop.api.StubAnswer;
import dev.bellhop.api.v2.Page;
import dev.bellhop.api.v2.admin.AccountView;
import dev.bellhop.api.v2.admin.KeyView;
import dev.bellhop.api.v2.node.NodeView;
import dev.bellhop.api.v2.vm.OperationView;
import dev.bellhop.api.v2.vm.VmSummary;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What bash and zsh complete: what the script knows, and what the server has. */
@Tag("real")
class CompletionTest {

    private static final String SAVED = """
            {"name": "deploy", "version": 1, "argv": ["true"], "stdin": false, "parameters": [],
             "createdAt": "2026-01-31T09:30:00.000Z", "keyId": "4b1d7c09e2aa"}""";
    private static final String EXECUTION = """
            {"id": "019c1379-5a10-7cc3-8d25-6f1f7f3f2c01", "vmid": 10000, "state": "running", "mode": "supervised",
             "command": "true", "createdAt": "2026-01-31T09:30:00.000Z", "keyId": "4b1d7c09e2aa"}""";

    private final Cli cli = new Cli();

    private static VmSummary vm(long vmid, @Nullable String name) {
        return new VmSummary(vmid, name, "running", null, null, null, null, null, null);
    }

    private static KeyView key(String id, @Nullable Instant revokedAt) {
        return new KeyView(
                id,
                "ci",
                "bellhop_" + id,
                List.of("read:vm"),
                null,
                Cli.NOW,
                null,
                revokedAt,
                null,
                null,
                null,
                null,
                null,
                null);
    }

    private static NodeView node(String name) {
        return new NodeView(name, "unreachable", false, null, null, null, null, null, Cli.NOW, null, null, null, null);
    }

    private static OperationView operation(String id, String state) {
        return new OperationView(
                id,
                10000,
                "start",
                null,
                null,
                state,
                0,
                "Waiting",
                null,
                List.of(),
                Cli.NOW,
                null,
                "4b1d7c09e2aa",
                "/o");
    }

    @AfterEach
    void close() {
        cli.close();
    }

    @ParameterizedTest
    @CsvSource({
        "v, version vm",
        "key cr, create",
        "vm list --out, --output",
        "'vm list --output ', json text",
        "vm list --output=, json text",
        "vm list --output=j, json",
        "ps --state=l, lost",
        "key create --scope=read:, metrics raw vm",
        "key create --scope=read:v, vm",
        "key create --scope read:v, vm",
        "'exec -e A=b --user ', ''",
        "'vm list --url ', ''",
        "'exec 1 -- cat ', ''"
    })
    void theScriptCompletesInARealBash(String line, String replies, @TempDir Path folder) throws Exception {
        assertThat(completionsOfBash(folder, "=:@", line)).isEqualTo(replies);
    }

    /** Which bash splits at, and replaces. */
    @Test
    void anAtSignBelongsToWhatFollows(@TempDir Path folder) throws Exception {
        String script = folder + "/completion.bash";

        for (String breaks : List.of("=:@", "=:")) {
            assertThat(completionsOfBash(folder, breaks, "logs @l")).isEqualTo("@last");
            assertThat(completionsOfBash(folder, breaks, "exec --secret-env TOKEN=@" + folder + "/c"))
                    .isEqualTo("(files) @" + script);
            assertThat(completionsOfBash(folder, breaks, "exec --secret-env=TOKEN=@" + folder + "/c"))
                    .isEqualTo("(files) @" + script);
        }
    }

    /** As for those who took the equals sign out of COMP_WORDBREAKS. */
    @Test
    void bashMayLeaveWordsWhole(@TempDir Path folder) throws Exception {
        assertThat(completionsOfBash(folder, "", "ps --state=l")).isEqualTo("--state=lost");
        assertThat(completionsOfBash(folder, "", "key create --scope=read:v")).isEqualTo("--scope=read:vm");
        assertThat(completionsOfBash(folder, "", "server --config=" + folder + "/completion.b"))
                .isEqualTo("(files) --config=" + folder + "/completion.bash");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "server --config ",
                "server --config=",
                "server --config=/etc/b",
                "audit verify --data ",
                "audit verify --config ",
                "audit verify ",
                "backup ",
                "vm list --ca=~/",
                "context set prod --key-file ",
                "key create --policy=",
                "policy set --key-id 4b1d7c09e2aa ",
                "policy set "
            })
    void filesAreLeftToBashItself(String line, @TempDir Path folder) throws Exception {
        assertThat(completionsOfBash(folder, "=:@", line)).isEqualTo("(files)");
    }

    /** Or whoever may name a file could have others run what it says. */
    @Test
    void namesOfFilesAreNotRun(@TempDir Path folder) throws Exception {
        Files.createFile(folder.resolve("$(touch ran)"));

        completionsOfBash(folder, "=:@", "restore ");
        completionsOfBash(folder, "", "server --config=");

        assertThat(folder.resolve("ran")).doesNotExist();
    }

    /** Which is not what bash splits and counts. */
    @Test
    void theCompletionScriptCompletesInARealZsh(@TempDir Path folder) throws Exception {
        assumeThat(Path.of("/usr/bin/zsh")).exists();

        // zsh itself chooses from these.
        assertThat(completionsOfZsh(folder, "v")).startsWith("|v: ").contains(" vm ", " version");
        assertThat(completionsOfZsh(folder, "ps", "--state=l"))
                .startsWith("--state=|l: ")
                .contains(" lost");
        assertThat(completionsOfZsh(folder, "server", "--config=/etc/b")).isEqualTo("--config=|/etc/b: (files)");
        assertThat(completionsOfZsh(folder, "server", "--config", "/etc/b")).isEqualTo("|/etc/b: (files)");
        assertThat(completionsOfZsh(folder, "backup", "/b")).isEqualTo("|/b: (files)");
        assertThat(completionsOfZsh(folder, "exec", "--secret-env", "A=@/b")).isEqualTo("A=@|/b: (files)");
        assertThat(completionsOfZsh(folder, "vm", "list", "--url", "")).isEqualTo("|: ");
    }

    /** Functions stand in for what zsh itself does. */
    private String completionsOfZsh(Path folder, String... words) throws IOException, InterruptedException {
        Path script = Files.writeString(
                folder.resolve("completion.zsh"), cli.run("completion", "zsh").out());
        String program = "compdef() { :; }; source \"$0\"; _files() { print -r -- \"$IPREFIX|$PREFIX: (files)\" };"
                + " compadd() { print -r -- \"$IPREFIX|$PREFIX: ${(P)2}\" };"
                + " words=(bellhop \"$@\"); CURRENT=$#words; PREFIX=${@[-1]}; IPREFIX=; _bellhop_in_zsh";
        return run(folder, List.of("zsh", "-f", "-c", program, script.toString()), List.of(words))
                .replaceFirst("\n$", "");
    }

    @ParameterizedTest
    @CsvSource({
        "exec, 10000 10001 10002 10003 10004 web",
        "exec -d --user www, 10000 10001 10002 10003 10004 web",
        "exec 10000 --, ''",
        "exec --saved, deploy",
        "saved-command show, deploy",
        "--url, ''",
        "vm show, 10000 10001 10002 10003 10004 web",
        "vm assign 10000, shop",
        "key create --account, shop",
        "node drain host-1, host-1 host-2",
        "node move-vm web, host-1 host-2",
        "key create --name, ''",
        "context use, prod",
        "vm list --context, prod",
        "context set, ''",
        "key create --vm, 10000 10001 10002 10003 10004 web",
        "key revoke, 4b1d7c09e2aa",
        "key rotate, 4b1d7c09e2aa",
        "policy show --key-id, 4b1d7c09e2aa",
        "audit list --key-id, 4b1d7c09e2aa 0123456789ab",
        "operation show, 019c1379-5a10-7cc3-8d25-6f1f7f3f2c11 019c1379-5a10-7cc3-8d25-6f1f7f3f2c12",
        "operation wait, 019c1379-5a10-7cc3-8d25-6f1f7f3f2c12",
        "logs -f, @last 019c1379-5a10-7cc3-8d25-6f1f7f3f2c01",
        "signal HUP, @last 019c1379-5a10-7cc3-8d25-6f1f7f3f2c01",
        "vm, ''"
    })
    void namesAreCompleted(String words, String names, @TempDir Path home) {
        cli.server.on(
                "GET",
                "/api/v2/vps",
                StubAnswer.json(
                        200,
                        new Page<>(
                                List.of(
                                        vm(10000, "web"),
                                        vm(10001, "twice"),
                                        vm(10002, "twice"),
                                        vm(10003, "$(reboot)"),
                                        vm(10004, "10000")),
                                null)));
        cli.server.on(
                "GET",
                "/api/v2/accounts",
                StubAnswer.json(
                        200,
                        new Page<>(
                                List.of(
                                        new AccountView("0c5d2e9f7a41", "shop", Cli.NOW, List.of()),
                                        new AccountView("0c5d2e9f7a42", "$(reboot)", Cli.NOW, List.of())),
                                null)));
        cli.server.on(
                "GET",
                "/api/v2/nodes",
                StubAnswer.json(200, new Page<>(List.of(node("host-1"), node("host-2")), null)));
        cli.server.on(
                "GET",
                "/api/v2/saved-commands",
                StubAnswer.foreign(200, "application/json", "{\"items\": [" + SAVED + "]}"));
        cli.server.on(
                "GET",
                "/api/v2/executions",
                StubAnswer.foreign(200, "application/json", "{\"items\": [" + EXECUTION + "]}"));
        cli.server.on(
                "GET",
                "/api/v2/keys",
                StubAnswer.json(
                        200, new Page<>(List.of(key("4b1d7c09e2aa", null), key("0123456789ab", Cli.NOW)), null)));
        for (int vmid = 10000; vmid <= 10004; vmid++) {
            List<OperationView> operations = vmid > 10000
                    ? List.of()
                    : List.of(
                            operation("019c1379-5a10-7cc3-8d25-6f1f7f3f2c11", "completed"),
                            operation("019c1379-5a10-7cc3-8d25-6f1f7f3f2c12", "running"));
            cli.server.on(
                    "GET", "/api/v2/vps/" + vmid + "/operations", StubAnswer.json(200, new Page<>(operations, null)));
        }
        cli.env.put("XDG_CONFIG_HOME", home.toString());
        cli.run("context", "set", "prod", "--url", "https://bellhop.example");
        List<String> line = new ArrayList<>(List.of("completion", "--names-after", "--"));
        line.addAll(List.of(words.split(" ", -1)));

        Cli.Run run = cli.run(line.toArray(String[]::new));

        assertThat(run.err()).isEmpty();
        assertThat(run.out().strip().replace('\n', ' ')).isEqualTo(names);
    }

    /**
     * The replies in the order of their names, after "(files)" where bash completes files of its own accord.
     *
     * @param breaks what of COMP_WORDBREAKS splits words
     */
    private String completionsOfBash(Path folder, String breaks, String line) throws IOException, InterruptedException {
        Path script = Files.writeString(
                folder.resolve("completion.bash"), cli.run("completion", "bash").out());
        String program = "source \"$0\"; bellhop() { [[ ${@: -1} != logs ]] || echo @last; };"
                + " compopt() { [[ $1 != +o ]] || shown=; }; shown='(files)';"
                + " COMP_WORDBREAKS=$1 COMP_LINE=$2; shift 2; COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1));"
                + " COMP_POINT=${#COMP_LINE}; COMP_TYPE=9; _bellhop_in_bash bellhop \"${@: -1}\" \"${@: -2:1}\";"
                + " printf '%s\\n' $shown \"${COMPREPLY[@]}\"";
        List<String> arguments = new ArrayList<>(List.of(breaks, "bellhop " + line));
        arguments.addAll(split("bellhop " + line, breaks));
        return run(folder, List.of("bash", "-c", program, script.toString()), arguments)
                .lines()
                .sorted()
                .collect(Collectors.joining(" "))
                .strip();
    }

    /** As bash does. */
    private static List<String> split(String line, String breaks) {
        List<String> words = new ArrayList<>();
        Matcher word = Pattern.compile(breaks.isEmpty() ? "\\S+" : "[" + breaks + "]+|[^\\s" + breaks + "]+")
                .matcher(line);
        while (word.find()) {
            words.add(word.group());
        }
        if (line.endsWith(" ")) {
            words.add("");
        }
        return words;
    }

    private static String run(Path folder, List<String> shell, List<String> arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(shell);
        command.addAll(arguments);
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .start();
        try {
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            return output;
        } finally {
            process.destroyForcibly();
        }
    }
}
