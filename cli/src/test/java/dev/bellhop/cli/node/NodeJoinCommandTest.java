// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.Json;
import dev.bellhop.api.StubAnswer;
import dev.bellhop.api.v2.node.JoinNode;
import dev.bellhop.api.v2.node.JoinedNode;
import dev.bellhop.cli.Cli;
import dev.bellhop.server.cluster.NodeId;
import dev.bellhop.server.cluster.credentials.ClusterKeys;
import dev.bellhop.server.cluster.credentials.Nkey;
import dev.bellhop.server.cluster.credentials.NkeyText.Kind;
import dev.bellhop.server.cluster.credentials.NodeFolder;
import dev.bellhop.server.cluster.credentials.UserTokens;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodeJoinCommandTest {
    private static final String JOIN = "/api/v2/nodes/actions/join";
    private static final String TOKEN = "bellhopnode_host-3_" + "0".repeat(64);
    private static final NodeId NODE = new NodeId("host-3");
    private static final UserTokens TOKENS = new UserTokens(
            new ClusterKeys(Nkey.generate(Kind.OPERATOR), Nkey.generate(Kind.ACCOUNT), Nkey.generate(Kind.ACCOUNT)));

    @TempDir
    private Path temp;

    private final Cli cli = new Cli();

    @AfterEach
    void close() {
        cli.close();
    }

    private static String publicKey(String body) {
        return Json.mapper().readValue(body, JoinNode.class).publicKey();
    }

    private void apiServerAnswers() {
        cli.server.on(
                "POST",
                JOIN,
                request -> StubAnswer.json(
                                200,
                                new JoinedNode(
                                        "host-3",
                                        TOKENS.node(NODE, publicKey(request.body()), Cli.NOW),
                                        Cli.NOW.plus(UserTokens.NODE_LIFETIME),
                                        List.of("tls://a:4222", "tls://b:4222"),
                                        "-----BEGIN CERTIFICATE-----\n"))
                        .with("Cache-Control", "no-store"));
    }

    private Cli.Run join(Path folder) {
        return cli.run("node", "join", cli.server.url().toString(), TOKEN, "--dir", folder.toString());
    }

    @Test
    void itMakesTheFolderThatANodeRunsWith() throws Exception {
        apiServerAnswers();
        Path folder = temp.resolve("a/credentials");
        Cli.Run run = join(folder);

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out())
                .isEqualTo(
                        "cluster:\n  name: host-3\n  nats: tls://a:4222,tls://b:4222\n  credentials: " + folder + "\n");
        assertThat(NodeFolder.read(folder, NODE).key().publicKey())
                .isEqualTo(publicKey(cli.server.requests().getFirst().body()));
        assertThat(folder.resolve("ca.pem")).hasContent("-----BEGIN CERTIFICATE-----\n");
        for (String file : List.of("node.nk", "node.jwt", "ca.pem")) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve(file))))
                    .isEqualTo("rw-------");
        }
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)))
                .isEqualTo("rwx------");
        assertThat(cli.server.requests().getFirst().header("Authorization")).isNull();
        assertThat(run.out() + run.err()).doesNotContain(TOKEN);

        Cli.Run second = join(folder);
        assertThat(second.exitCode()).isEqualTo(1);
        assertThat(second.err()).contains("it has the credentials of a node already");
        assertThat(cli.server.requests()).hasSize(1);
    }

    @Test
    void anAnswerThatWasLostIsAskedForWithTheSameKey() {
        Path folder = temp.resolve("credentials");
        cli.server.on(
                "POST",
                JOIN,
                request -> StubAnswer.problem(503, "store_unavailable", "Cannot do this now", JOIN, null)
                        .with("Retry-After", "1"));
        assertThat(join(folder).exitCode()).isEqualTo(1);
        apiServerAnswers();
        assertThat(join(folder).exitCode()).isZero();

        assertThat(cli.server.requests()).hasSize(2);
        assertThat(publicKey(cli.server.requests().getFirst().body()))
                .isEqualTo(publicKey(cli.server.requests().getLast().body()));
    }

    @Test
    void aRefusalSaysNothingOfKeys() {
        cli.server.on(
                "POST",
                JOIN,
                request -> StubAnswer.problem(401, "unauthorized", "Cannot let a node join by this token", JOIN, null)
                        .with("WWW-Authenticate", "Bearer"));
        Cli.Run run = join(temp.resolve("credentials"));

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).isEqualTo("bellhop: Cannot let a node join by this token\n");
    }

    @Test
    void theTokenDoesNotCrossANetworkInTheClear() {
        for (String url : List.of("http://192.0.2.7:8080", "http://api.example", "http://[2001:db8::7]:8080")) {
            Cli.Run run = cli.run(
                    "node",
                    "join",
                    url,
                    TOKEN,
                    "--dir",
                    temp.resolve("credentials").toString());
            assertThat(run.exitCode()).isEqualTo(1);
            assertThat(run.err()).contains("Cannot join over http").contains("https URL");
        }
        assertThat(temp.resolve("credentials")).doesNotExist();
    }
}
