// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.context;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.StubAnswer;
import dev.bellhop.api.StubServer;
import dev.bellhop.api.v2.Page;
import dev.bellhop.cli.Cli;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
        assertThat(run.err()).isEqualTo("bellhop: Set context other and use it\n");
    }

    @Test
    void theContextInUseNamesServerAndKey() {
        setOther();
        cli.env.remove("BELLHOP_URL");

        assertThat(cli.run("vm", "list").exitCode()).isZero();
        assertThat(other.requests().getFirst().header("Authorization")).isEqualTo("Bearer " + OTHER_KEY);
        assertThat(cli.server.requests()).isEmpty();
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
                        " NAME URL KEY FILE CA",
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
                .startsWith("bellhop: Cannot read the key of the context from " + home.resolve("key"));
    }
}
