// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.testkit.Checkout;
import dev.bellhop.testkit.NatsServer;
import dev.bellhop.testkit.NodeProcess;
import dev.bellhop.testkit.PostgresServer;
import dev.bellhop.testkit.RealAgent;
import dev.bellhop.testkit.ServerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * A cluster of real processes on loopback: PostgreSQL, NATS, the API servers A and B, and the nodes 1 to 3. VM N is a real agent,
 * which node N finds by its socket. All guests share a spool, as they share this machine.
 */
final class Cluster implements AutoCloseable {
    static final int NODES = 3;

    private static final Map<String, String> SMALL = Map.of("BELLHOP_JAVA_OPTS", "-Xmx384m");
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(60);

    private final Path folder;
    private final List<AutoCloseable> parts = new ArrayList<>();
    private final List<NodeProcess> nodes = new ArrayList<>();
    private final PostgresServer postgres;
    private final NatsServer nats;
    private final ServerProcess a;
    private final ServerProcess b;

    private Cluster(Path folder) throws Exception {
        this.folder = folder;
        try {
            postgres = with(PostgresServer.start());
            bellhop("cluster", "init", keys().toString(), "--nats-host", "127.0.0.1");
            nats = with(NatsServer.start(folder, keys().resolve("nats/nats.conf")));
            Files.writeString(
                    Files.createFile(
                            password(),
                            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))),
                    PostgresServer.PASSWORD);
            List<RealAgent> agents = RealAgent.startAll(List.of(guest(1), guest(2), guest(3)));
            parts.addAll(agents);
            for (int node = 1; node <= NODES; node++) {
                Files.createDirectory(sockets(node));
                with(AgentPort.open(socket(node, node), agents.get(node - 1).socket()));
                nodes.add(with(startNode(node)));
            }
            a = with(startServer("a"));
            b = with(startServer("b"));
            for (NodeProcess node : nodes) {
                node.awaitJoined();
            }
        } catch (Throwable e) {
            close();
            throw e;
        }
    }

    /** Starts all of it, and returns once each node has joined. */
    static Cluster start(Path folder) throws Exception {
        return new Cluster(folder);
    }

    /** Calls this in a thread of its own, of which the common pool may have too few. */
    static <T> CompletableFuture<T> async(Callable<T> what) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return what.call();
                    } catch (Exception e) {
                        throw new CompletionException(e);
                    }
                },
                task -> Thread.ofVirtual().start(task));
    }

    private <T extends AutoCloseable> T with(T part) {
        parts.addFirst(part);
        return part;
    }

    private NodeProcess startNode(int node) throws Exception {
        String name = "host-" + node;
        Path credentials = folder.resolve("credentials-" + node);
        bellhop(
                "cluster",
                "add-node",
                name,
                credentials.toString(),
                "--keys",
                keys().resolve("api").toString());
        return NodeProcess.start(
                folder.resolve(name),
                """
                listen: 127.0.0.1:0
                cluster: {name: %s, nats: 'tls://127.0.0.1:%d', credentials: %s}
                executions: {spool: %s}
                hypervisors:
                  - {type: qemu, agent: '%s/{vmid}.qga'}
                """.formatted(name, nats.port(), credentials, folder.resolve("spool"), sockets(node)),
                SMALL);
    }

    /**
     * Has a host join by a token, and starts its node, which finds the sockets that are in its folder.
     *
     * @param node its number, which no node has had yet
     */
    NodeProcess enrol(String name, int node) throws Exception {
        String token = bellhop("--url", a.url().toString(), "--key", adminKey(), "node", "add", name)
                .strip();
        Path credentials = folder.resolve("credentials-" + node);
        String settings = bellhop("node", "join", a.url().toString(), token, "--dir", credentials.toString());
        Files.createDirectories(sockets(node));
        NodeProcess enrolled = with(NodeProcess.start(
                folder.resolve(name + "-" + node),
                settings + """
                        executions: {spool: %s}
                        hypervisors:
                          - {type: qemu, agent: '%s/{vmid}.qga'}
                        """.formatted(folder.resolve("spool"), sockets(node)),
                SMALL));
        enrolled.awaitJoined();
        return enrolled;
    }

    private ServerProcess startServer(String name) throws IOException {
        List<String> launcher = List.of(Checkout.ROOT.resolve("bellhop").toString(), "server", "--config");
        return ServerProcess.start(
                folder.resolve(name),
                """
                postgres: {url: '%s', user: %s, passwordFile: %s}
                encryption: {keyFile: %s}
                cluster: {nats: 'tls://127.0.0.1:%d', credentials: %s}
                """.formatted(
                                postgres.url(PostgresServer.DATABASE),
                                PostgresServer.USER,
                                password(),
                                folder.resolve("encryption.keys"),
                                nats.port(),
                                keys().resolve("api")),
                launcher,
                SMALL,
                ServerProcess::answersHealth);
    }

    /** Runs {@code ./bellhop} and returns what it printed; fails if it did not succeed. */
    String bellhop(String... args) throws Exception {
        List<String> command =
                new ArrayList<>(List.of(Checkout.ROOT.resolve("bellhop").toString()));
        command.addAll(List.of(args));
        Checkout.Ended ended = Checkout.run(folder, Map.of(), command);
        if (ended.exitCode() != 0) {
            throw new IOException(String.join(" ", args) + " failed: " + ended.stdout() + ended.stderr());
        }
        return ended.stdout();
    }

    private Path keys() {
        return folder.resolve("cluster");
    }

    private Path password() {
        return folder.resolve("password");
    }

    private Path guest(int vm) {
        return folder.resolve("guest-" + vm);
    }

    private Path sockets(int node) {
        return folder.resolve("sockets-" + node);
    }

    private Path socket(int node, int vm) {
        return sockets(node).resolve(vm + ".qga");
    }

    /** Moves a VM's socket from one node's folder to another's, under what runs in it. */
    void move(int vm, int from, int to) throws IOException {
        Files.move(socket(from, vm), socket(to, vm));
    }

    /** A file that commands write to. */
    Path file(String name) {
        return folder.resolve(name);
    }

    ServerProcess a() {
        return a;
    }

    ServerProcess b() {
        return b;
    }

    NodeProcess node(int node) {
        return nodes.get(node - 1);
    }

    NatsServer nats() {
        return nats;
    }

    /** The configuration of API server A. */
    Path configuration() {
        return folder.resolve("a").resolve("bellhop.yaml");
    }

    /** The key that the first server made, which is all servers'. */
    String adminKey() throws IOException {
        return a.adminKey();
    }

    /** A client of one of the API servers, with the admin key. */
    BellhopClient client(ServerProcess server) throws IOException {
        return new BellhopClient(server.url(), adminKey(), CONNECT_TIMEOUT, REQUEST_TIMEOUT);
    }

    @Override
    public void close() {
        for (AutoCloseable part : parts) {
            try {
                part.close();
            } catch (Exception e) {
                throw new IllegalStateException("Cannot end a part of the cluster", e);
            }
        }
    }
}
