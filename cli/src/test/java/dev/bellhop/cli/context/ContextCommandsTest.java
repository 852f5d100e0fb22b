// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.context;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.StubAnswer;
import dev.bellhop.api.StubServer;
import dev.bellhop.api.v2.Page;
import dev.bellhop.cli.Cli;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Servers by name, and which one a command goes to. */
class ContextCommandsTest {

    private static final String OTHER_KEY = "bellhop_0123456789ab_" + "1".repeat(64);

    @TempDir
    private Path home;

    private final Cli cli = new Cli();
    private final StubServer other = new StubServer();

    @BeforeEach
    void prepare() throws Exception {
        cli.env.put("HOME", home.toString());
        Files.writeString(home.resolve("key"), OTHER_KEY + "\n");
        for (StubServer server : List.of(cli.server, other)) {
            server.on("GET", "/api/v2/vps", StubAnswer.json(200, new Page<>(List.of(), null)));
        }
    }

    @AfterEach
    void close() {
        cli.close();
        other.close();
    }

    private void setOther() {
        Cli.Run run = cli.run("context", "set", "other", "--url", other.url().toString(), "--key-file", "~/key");
        assertThat(run.err()).isEqualTo("bellhop: Set context other; it is now in use\n");
    }

    @Test
    void theContextInUseNamesServerAndKey() {
        setOther();
        cli.env.remove("BELLHOP_URL");
        cli.env.remove("BELLHOP_KEY");

        assertThat(cli.run("vm", "list").exitCode()).isZero();
        assertThat(other.requests().getFirst().header("Authorization")).isEqualTo("Bearer " + OTHER_KEY);
        assertThat(cli.server.requests()).isEmpty();
    }

    /** As of people who keep such files in a repository of theirs. */
    @Test
    void aFileThatIsALinkStaysOne() throws Exception {
        Path kept = Files.createDirectory(home.resolve("dotfiles")).resolve("bellhop.yaml");
        Files.writeString(kept, "contexts: {}\n");
        Files.setPosixFilePermissions(kept, PosixFilePermissions.fromString("rw-r-----"));
        Path folder = Files.createDirectories(home.resolve(".config/bellhop"));
        Path link = Files.createSymbolicLink(folder.resolve("config.yaml"), kept);
        setOther();

        assertThat(link).isSymbolicLink();
        assertThat(kept).content().contains("current: other");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(kept)))
                .isEqualTo("rw-r-----");
        assertThat(kept.getParent()).isDirectoryNotContaining("glob:**.tmp");
    }

    /** As of people who set the link up first. */
    @Test
    void aLinkToNoFileYetStaysOneAndGetsItsFile() throws Exception {
        Path kept = Files.createDirectory(home.resolve("dotfiles")).resolve("bellhop.yaml");
        Path folder = Files.createDirectories(home.resolve(".config/bellhop"));
        Path link = Files.createSymbolicLink(folder.resolve("config.yaml"), Path.of("second.yaml"));
        Files.createSymbolicLink(folder.resolve("second.yaml"), Path.of("../../dotfiles/bellhop.yaml"));
        setOther();

        assertThat(link).isSymbolicLink();
        assertThat(kept).content().contains("current: other");
        assertThat(cli.run("context", "list").out()).contains("other");
    }

    @Test
    void aLinkIntoAFolderThatDoesNotExistIsSaid() throws Exception {
        Path folder = Files.createDirectories(home.resolve(".config/bellhop"));
        Path link = Files.createSymbolicLink(folder.resolve("config.yaml"), home.resolve("usb/bellhop.yaml"));

        assertThat(cli.run("context", "set", "a", "--url", "https://b.example").err())
                .isEqualTo("bellhop: Cannot write " + link + " because the folder that it leads to, "
                        + home.resolve("usb") + ", does not exist; make it, or let the link lead elsewhere\n");
        assertThat(home.resolve("usb")).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(strings = {"context list", "context set a --url https://b.example", "vm list --context a"})
    void aLinkInALoopIsSaid(String line) throws Exception {
        Path folder = Files.createDirectories(home.resolve(".config/bellhop"));
        Path link = Files.createSymbolicLink(folder.resolve("config.yaml"), Path.of("other.yaml"));
        Files.createSymbolicLink(folder.resolve("other.yaml"), Path.of("config.yaml"));

        Cli.Run run = cli.run(line.split(" "));

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err())
                .isEqualTo("bellhop: Cannot use " + link + " because it is a symbolic link that leads back to itself;"
                        + " delete it, or let it lead to a file\n");
        assertThat(link).isSymbolicLink();
    }

    @Test
    void theEnvironmentWinsOverItAndKeepsItsKey() {
        setOther();

        assertThat(cli.run("vm", "list").exitCode()).isZero();
        assertThat(other.requests()).isEmpty();
        assertThat(cli.server.requests().getFirst().header("Authorization")).isEqualTo("Bearer " + Cli.KEY);
        assertThat(cli.run("context", "use", "other").err()).contains("BELLHOP_URL is set, and wins");
    }

    @Test
    void aKeyInTheEnvironmentWinsOverThatOfTheContextInUse() {
        setOther();
        cli.env.remove("BELLHOP_URL");

        cli.run("vm", "list");
        cli.run("vm", "list", "--context", "other");

        assertThat(other.requests())
                .extracting(request -> request.header("Authorization"))
                .containsExactly("Bearer " + Cli.KEY, "Bearer " + OTHER_KEY);
    }

    @Test
    void anAuthorityInTheEnvironmentWinsOverThatOfTheContextInUse() {
        cli.env.remove("BELLHOP_URL");
        cli.run("context", "set", "safe", "--url", "https://b.example", "--ca", "/of-context");
        assertThat(cli.run("vm", "list").err()).contains("/of-context", "see 'bellhop context list'");

        cli.env.put("BELLHOP_CA", "/of-variable");

        assertThat(cli.run("vm", "list").err()).contains("/of-variable", "see --ca and BELLHOP_CA");
        assertThat(cli.run("vm", "list", "--context", "safe").err()).contains("/of-context");
    }

    @Test
    void aRefusedKeyIsSaidWhereItIsFrom() {
        setOther();
        StubAnswer refused = StubAnswer.foreign(401, "application/json", "{}");
        other.on("GET", "/api/v2/vps", refused);
        cli.server.on("GET", "/api/v2/vps", refused);

        assertThat(cli.run("vm", "list").err()).contains("\nThe key is 4b1d7c09e2aa, from BELLHOP_KEY. ");
        assertThat(cli.run("vm", "list", "--key", Cli.KEY).err()).contains("\nThe key is 4b1d7c09e2aa, from --key. ");
        assertThat(cli.run("vm", "list", "--context", "other").err())
                .contains("\nThe key is 0123456789ab, from " + home.resolve("key") + ", the key file of the context. ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"admin", "bellhop_4b1d7c09e2aa_0123", "'bellhop_4b1d7c09e2aa_KEY'", "4b1d7c09e2aa"})
    void aRefusedKeyThatIsNotWholeIsSaidToBe(String key) {
        cli.server.on("GET", "/api/v2/vps", StubAnswer.foreign(401, "application/json", "{}"));
        String whole = Cli.KEY.replaceFirst(".*_", "");

        assertThat(cli.run("vm", "list", "--key", key.replace("KEY", whole)).err())
                .endsWith(
                        "\nThe key from --key is not whole: a key is bellhop_, 12 digits, _ and 64 digits. Copy it again,"
                                + " without quotes.\n")
                .doesNotContain(whole);
    }

    @Test
    void pathsAreStoredSoThatTheyHoldInEveryFolder() {
        cli.run("context", "set", "a", "--url", "https://b.example", "--ca", "x/../ca.pem", "--key-file", "~/key");

        assertThat(home.resolve(".config/bellhop/config.yaml"))
                .content()
                .contains("ca: " + Path.of("ca.pem").toAbsolutePath() + "\n", "keyFile: ~/key\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"b.example", "b.example:8443", "ftp://b.example", "https://", "http:b", "https://a b"})
    void whatIsNoAddressOfAServerIsRefused(String url) {
        assertThat(cli.run("context", "set", "a", "--url", url).err())
                .startsWith("bellhop: Cannot use the URL " + url + "; it must be http or https");
        assertThat(home.resolve(".config")).doesNotExist();
    }

    @Test
    void aVariableThatWinsOverTheContextIsNamed() {
        setOther();
        cli.env.remove("BELLHOP_URL");
        cli.env.put("BELLHOP_CONTEXT", "third");

        assertThat(cli.run("context", "use", "other").err())
                .endsWith("bellhop: BELLHOP_CONTEXT is set, and wins over it\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--context other vm stop",
                "--context=other vm stop",
                "vm stop --context other",
                "--key k --url URL vm stop"
            })
    void completionAsksTheServerOfTheLine(String line) {
        setOther();
        List<String> words = new ArrayList<>(List.of("completion", "--names-after", "--"));
        words.addAll(List.of(line.replace("URL", other.url().toString())
                .replace("--key k", "--key " + OTHER_KEY)
                .split(" ")));

        cli.run(words.toArray(String[]::new));

        assertThat(other.requests().getFirst().header("Authorization")).isEqualTo("Bearer " + OTHER_KEY);
        assertThat(cli.server.requests()).isEmpty();
    }

    @Test
    void completionDoesNotWaitLong() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            cli.env.put("BELLHOP_URL", "http://127.0.0.1:" + silent.getLocalPort());

            assertThat(cli.run("completion", "--names-after", "--", "vm", "stop")
                            .err())
                    .contains("no answer came within 2 s");
        }
    }

    /** They are no options of ours, and may name anybody's server. */
    @ParameterizedTest
    @ValueSource(strings = {"exec 1 curl --url URL --saved", "exec 1 -- curl --url URL --saved"})
    void completionLeavesTheOptionsOfAGuestsCommandAlone(String line) {
        cli.server.on("GET", "/api/v2/saved-commands", StubAnswer.json(200, new Page<>(List.of(), null)));
        List<String> words = new ArrayList<>(List.of("completion", "--names-after", "--"));
        words.addAll(List.of(line.replace("URL", other.url().toString()).split(" ")));

        assertThat(cli.run(words.toArray(String[]::new)).out()).isEmpty();
        assertThat(other.requests()).isEmpty();
    }

    @Test
    void anotherServerNeverGetsItsKey() {
        setOther();
        cli.env.remove("BELLHOP_URL");

        assertThat(cli.run("vm", "list", "--url", cli.server.url().toString()).exitCode())
                .isZero();
        assertThat(cli.server.requests().getFirst().header("Authorization")).isEqualTo("Bearer " + Cli.KEY);
    }

    @Test
    void oneThatIsNamedWinsOverTheEnvironment() {
        setOther();

        assertThat(cli.run("vm", "list", "--context", "other").exitCode()).isZero();
        assertThat(cli.run("--context", "other", "vm", "list").exitCode()).isZero();
        assertThat(other.requests()).hasSize(2);
        assertThat(cli.run("vm", "list", "--context", "nobody").err())
                .isEqualTo("bellhop: Cannot use the context nobody because there is none of that name;"
                        + " there are: other\n");
    }

    @Test
    void theyAreListedChosenAndDeleted() throws Exception {
        setOther();
        cli.run("context", "set", "second", "--url", "https://b.example", "--ca", "/ca");

        assertThat(cli.run("context", "list").out().lines().map(line -> line.replaceAll(" +", " ")))
                .containsExactly(
                        "CURRENT NAME URL KEY FILE CA",
                        "* other " + other.url() + " ~/key -",
                        " second https://b.example - /ca");
        assertThat(cli.run("context", "use", "second").exitCode()).isZero();
        assertThat(cli.run("context", "delete", "other").exitCode()).isZero();
        assertThat(home.resolve(".config/bellhop/config.yaml")).content().isEqualTo("""
                current: second
                contexts:
                  second:
                    url: https://b.example
                    ca: /ca
                """);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            a: [                            | it is not valid YAML
            contexts: [a]                   | 'contexts' is not a mapping
            contexts: {a: {ur: x}}          | the context a must have a url
            contexts: {a: {url: x, key: y}} | the context a must have a url
            []                              | it is not a mapping
            """)
    void aFileThatCannotBeUsedIsSaidWhy(String text, String why) throws Exception {
        Path file = Files.createDirectories(home.resolve(".config/bellhop")).resolve("config.yaml");
        Files.writeString(file, text);

        assertThat(cli.run("context", "list").err())
                .startsWith("bellhop: Cannot use " + file + " because ")
                .contains(why);
    }

    @Test
    void aKeyThatIsNotThereIsSaidToBeMissing() throws Exception {
        setOther();
        Files.delete(home.resolve("key"));

        assertThat(cli.run("vm", "list", "--context", "other").err())
                .isEqualTo(
                        "bellhop: Cannot read the key of the context from " + home.resolve("key")
                                + " because there is no such file; correct that, or name another file with 'bellhop context set'\n");
    }

    @Test
    void aKeyFileWithNothingInItIsSaidToBeEmpty() throws Exception {
        setOther();
        Files.writeString(home.resolve("key"), "\n");

        assertThat(cli.run("vm", "list", "--context", "other").err())
                .isEqualTo("bellhop: Cannot use " + home.resolve("key")
                        + ", the key file of the context, because it is empty; put the key into it\n");
    }
}
