// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.Json;
import dev.bellhop.e2e.support.E2eServer;
import dev.bellhop.testkit.Checkout;
import dev.bellhop.testkit.RealAgent;
import dev.bellhop.testkit.VmSockets;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * Clients that generators make from {@code openapi.yaml} run one story each: create a key, run and wait, follow, signal, cancel, page,
 * upload, download, get a ticket for a terminal, and read an error. Each has a program in {@code e2e/clients}, which prints the answers.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Tag("real")
class GeneratedClientsTest {
    private static final Path CLIENTS = Checkout.ROOT.resolve(".cache/clients");
    private static final JsonNode EXPECTED = Json.mapper().readTree("""
            {"scopes": 3, "state": "exited", "exitCode": 3, "stdout": "hello\\n", "stderr": "oops\\n", "followed": true,
             "cancelled": "cancelled", "listed": 2, "decision": "allowed", "uploaded": 3, "downloaded": "00ff0a", "ticket": "ticket",
             "v1": "4 v1\\n", "vm": 1, "error": "not_found"}""");

    private RealAgent agent;
    private E2eServer server;
    private Path folder;

    @BeforeAll
    void start(@TempDir Path temporary) throws Exception {
        folder = temporary;
        Checkout.Ended generated = Checkout.run(folder, Map.of(), List.of("script/generate-clients"));
        assertThat(generated.exitCode()).as(generated.stderr()).isZero();
        agent = RealAgent.start(Files.createDirectory(folder.resolve("a")));
        server = E2eServer.start(folder, Map.of(1, new VmSockets(agent.socket(), Optional.empty())));
    }

    @AfterAll
    void stop() throws Exception {
        try {
            server.close();
        } finally {
            agent.close();
        }
    }

    private JsonNode run(Map<String, String> environment, String... program) throws Exception {
        List<String> command = new ArrayList<>(List.of(program));
        command.addAll(List.of(server.url().toString(), server.adminKey(), "1", folder.toString()));
        Checkout.Ended ended = Checkout.run(folder, environment, command);
        assertThat(ended.exitCode()).as(ended.stderr()).isZero();
        return Json.mapper().readTree(ended.stdout());
    }

    private static String client(String path) {
        return CLIENTS.resolve(path).toString();
    }

    @Test
    void typeScript() throws Exception {
        assertThat(run(Map.of(), "node", client("typescript/built/run.js"))).isEqualTo(EXPECTED);
    }

    @Test
    void python() throws Exception {
        Map<String, String> environment = Map.of("PYTHONPATH", client("python"), "PYTHONDONTWRITEBYTECODE", "1");
        assertThat(run(environment, client("python3"), client("python/run.py"))).isEqualTo(EXPECTED);
    }

    @Test
    void java() throws Exception {
        String classes = client("java/classes") + File.pathSeparator + client("jars/*");
        String java = Path.of(Objects.requireNonNull(System.getProperty("java.home")), "bin", "java")
                .toString();
        assertThat(run(Map.of(), java, "-cp", classes, "Run")).isEqualTo(EXPECTED);
    }

    /** The compiler is a large download. */
    @Test
    @Tag("full")
    void go() throws Exception {
        Checkout.Ended generated = Checkout.run(folder, Map.of(), List.of("script/generate-clients", "--go"));
        assertThat(generated.exitCode()).as(generated.stderr()).isZero();

        assertThat(run(Map.of(), client("go/program/run"))).isEqualTo(EXPECTED);
    }
}
