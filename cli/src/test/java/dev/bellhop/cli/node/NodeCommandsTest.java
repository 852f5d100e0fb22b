// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.StubAnswer;
import dev.bellhop.api.v2.Page;
import dev.bellhop.api.v2.node.NodeToken;
import dev.bellhop.api.v2.node.NodeView;
import dev.bellhop.api.v2.node.RemovedNode;
import dev.bellhop.cli.Cli;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class NodeCommandsTest {
    private static final String NODES = "/api/v2/nodes";
    private static final String TOKEN = "bellhopnode_host-3_" + "0".repeat(64);

    private final Cli cli = new Cli();

    @AfterEach
    void close() {
        cli.close();
    }

    private static NodeView ready(String name) {
        return new NodeView(
                name,
                "ready",
                false,
                1L,
                "1.2.3",
                12,
                3,
                0,
                Cli.NOW,
                null,
                Cli.NOW.plus(Duration.ofDays(30)),
                null,
                null);
    }

    private static NodeView added(String name) {
        return new NodeView(
                name,
                "unreachable",
                true,
                null,
                null,
                null,
                null,
                null,
                Cli.NOW,
                Cli.NOW.plus(Duration.ofMinutes(59)),
                null,
                "10000-10999",
                List.of(10001L, 10002L));
    }

    @Test
    void addPrintsTheTokenAloneOnStandardOutput() {
        NodeToken token = new NodeToken("host-3", TOKEN, Cli.NOW.plus(Duration.ofHours(24)));
        cli.server.on(
                "POST",
                NODES,
                StubAnswer.json(201, token)
                        .with("Cache-Control", "no-store")
                        .with("Location", NODES + "/" + token.name()));

        Cli.Run run = cli.run("node", "add", "host-3", "--expires-in", "1d");

        assertThat(run.out()).isEqualTo(TOKEN + "\n");
        assertThat(run.err())
                .isEqualTo("bellhop: Node host-3 may join by this token, once and within 1d 0h."
                        + " On its host, run 'bellhop node join URL -' and give it the token\n");
        assertThat(cli.server.requests().getFirst().body())
                .isEqualTo("{\"name\":\"host-3\",\"expiresInSeconds\":86400}");
    }

    @Test
    void listAndShowSayWhatIsKnown() {
        cli.server.on("GET", NODES, StubAnswer.json(200, new Page<>(List.of(ready("host-1"), added("host-3")), null)));
        cli.server.on("GET", NODES + "/host-3", StubAnswer.json(200, added("host-3")));
        cli.server.on("GET", NODES + "/host-1", StubAnswer.json(200, ready("host-1")));

        assertThat(cli.run("node", "list").out()).isEqualTo("""
                NODE    STATE                 VMS  RUNNING  WAITING  SEEN    VERSION
                host-1  ready                 12   3        0        1s ago  1.2.3
                host-3  unreachable, drained  -    -        -        never   -
                """);
        assertThat(cli.run("node", "show", "host-3").out())
                .startsWith("Node         host-3\nState        unreachable, drained\nSeen         never\n")
                .contains("Token        until 2026-01-31T12:59:00.000Z, in 59m 0s\n");
        assertThat(cli.run("node", "show", "host-1").out())
                .contains("Credentials  until 2026-03-02T12:00:00.000Z, in 30d 0h\n", "Token        -\n");
        assertThat(cli.run("node", "show", "host-1", "--json").out()).contains("\"state\" : \"ready\"");
    }

    @Test
    void whatIsDoneIsSaid() {
        for (String action : List.of("drain", "undrain", "revoke")) {
            cli.server.on("POST", NODES + "/host-1/actions/" + action, StubAnswer.json(200, ready("host-1")));
        }
        cli.server.on("DELETE", NODES + "/host-1", StubAnswer.json(200, new RemovedNode("host-1", 1)));
        cli.server.on("DELETE", NODES + "/host-2", StubAnswer.json(200, new RemovedNode("host-2", 12)));
        cli.server.on("POST", "/api/v2/vps/10000/actions/move", StubAnswer.noContent());

        assertThat(cli.run("node", "drain", "host-1").err()).isEqualTo("bellhop: Node host-1 starts nothing new\n");
        assertThat(cli.run("node", "undrain", "host-1").err())
                .isEqualTo("bellhop: Node host-1 starts commands again\n");
        assertThat(cli.run("node", "revoke", "host-1").err()).isEqualTo("bellhop: Revoked node host-1\n");
        assertThat(cli.run("node", "remove", "host-1", "host-2").err()).isEqualTo("""
                bellhop: Removed node host-1. The VM that it held is free
                bellhop: Removed node host-2. The 12 VMs that it held are free
                """);
        assertThat(cli.run("node", "move-vm", "10000", "host-2").err())
                .isEqualTo("bellhop: VM 10000 is node host-2's\n");
        assertThat(cli.server.requests().getLast().body()).isEqualTo("{\"node\":\"host-2\"}");
    }
}
