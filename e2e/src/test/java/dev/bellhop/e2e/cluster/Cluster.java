// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.cluster;

import static org.awaitility.Awaitility.await;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.node.AddNode;
import dev.bellhop.e2e.support.AgentPort;
import dev.bellhop.testkit.Checkout;
import dev.bellhop.testkit.ClusterBase;
import dev.bellhop.testkit.NatsServer;
import dev.bellhop.testkit.NodeProcess;
import dev.bellhop.testkit.PostgresServer;
import dev.bellhop.testkit.RealAgent;
import dev.bellhop.testkit.ServerProcess;
import dev.bellhop.testkit.TcpRelay;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * A cluster of real processes on loopback: PostgreSQL, NATS, the API servers A and B, and the nodes 1 to 3. There is a relay on each way
 * from an API server or a node to PostgreSQL or NATS. VM N is a real agent, which node N finds by its socket. All guests share a spool, as they share this machine.
 */
public final class Cluster implements AutoCloseable {
    static final int NODES = 3;

    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(60);

    private final Path folder;
    private final List<AutoCloseable> parts = new ArrayList<>();
    private final List<NodeProcess> nodes = new ArrayList<>();
    private final List<TcpRelay> ways = new ArrayList<>();
    private final List<AgentPort> ports = new ArrayList<>();
    private final ClusterBase base;
    private final ApiServer a;
    private final ApiServer b;
    private final Clocks clocks;

    /** Whose clocks are wrong. */
    enum Clocks {
        RIGHT,
        /** Node 3 is ahead and API server B is behind, each by 40 seconds. */
        DIFFERENT
    }

    /**
     * An API server, and its ways to others.
     *
     * @param databases to the primary, and to the standby if there is one
     */
    record ApiServer(ServerProcess process, TcpRelay nats, List<TcpRelay> databases) {}

    private Cluster(Path folder, List<PostgresServer> databases, Clocks clocks) throws Exception {
        this.folder = folder;
        this.clocks = clocks;
        try {
            base = with(ClusterBase.start(
                    folder, List.of(Checkout.ROOT.resolve("bellhop").toString()), databases.getFirst()));
            List<RealAgent> agents = RealAgent.startAll(List.of(guest(1), guest(2), guest(3)));
            parts.addAll(agents);
            for (int node = 1; node <= NODES; node++) {
                Files.createDirectory(sockets(node));
                ports.add(with(
                        AgentPort.open(socket(node, node), agents.get(node - 1).socket())));
                ways.add(with(TcpRelay.to(nats().port())));
                base.addNode(host(node));
                nodes.add(with(startNode(node, host(node), sockets(node))));
            }
            a = startServer("a", databases, ServerProcess.SHORT_LIVED);
            b = startServer("b", databases, withClock("-40s"));
            for (NodeProcess node : nodes) {
                node.awaitJoined();
            }
            awaitVms(a.process);
            awaitVms(b.process);
            allowMoves();
        } catch (Throwable e) {
            close();
            throw e;
        }
    }

    /** Without ranges, a VM stays with its node until an administrator moves it. */
    private void allowMoves() throws Exception {
        try (BellhopClient client = client(a.process)) {
            for (int node = 1; node <= NODES; node++) {
                client.nodes().add(new AddNode(host(node), null, "all"));
            }
        }
    }

    /** An API server hears within a second or so of what a node has told another one. */
    private void awaitVms(ServerProcess server) throws IOException {
        try (BellhopClient client = client(server)) {
            await().atMost(CONNECT_TIMEOUT.multipliedBy(6))
                    .ignoreExceptions()
                    .until(() -> client.vms().list(null, null).items().size() == NODES);
        }
    }

    /** Starts all of it, and returns once each node has joined and each API server knows all VMs. */
    public static Cluster start(Path folder) throws Exception {
        return new Cluster(folder, List.of(PostgresServer.start()), Clocks.RIGHT);
    }

    /** Starts a cluster whose PostgreSQL has a standby for tests to promote. The primary ends with the cluster. */
    static Cluster startWithStandby(Path folder, PostgresServer primary, PostgresServer standby, Clocks clocks)
            throws Exception {
        return new Cluster(folder, List.of(primary, standby), clocks);
    }

    /** Returns the environment of a process whose clock may be wrong. */
    private Map<String, String> withClock(String offset) {
        if (clocks == Clocks.RIGHT) {
            return ServerProcess.SHORT_LIVED;
        }
        Map<String, String> environment = new HashMap<>(ServerProcess.SHORT_LIVED);
        // The loader fills in the folder of this architecture.
        environment.put("LD_PRELOAD", "/usr/$LIB/faketime/libfaketime.so.1");
        environment.put("FAKETIME", offset);
        environment.put("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        // Otherwise it moves the ends of timed waits, which use the monotonic clock.
        environment.put("FAKETIME_FORCE_MONOTONIC_FIX", "0");
        return environment;
    }

    /** Calls this in a thread of its own, of which the common pool may have too few. */
    public static <T> CompletableFuture<T> async(Callable<T> what) {
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

    private static String host(int node) {
        return "host-" + node;
    }

    private NodeProcess startNode(int node, String folderName, Path sockets) throws IOException {
        return NodeProcess.start(
                folder.resolve(folderName),
                base.nodeConfig(host(node), wayToNats(node).port()) + """
                        listen: 127.0.0.1:0
                        executions: {spool: %s}
                        hypervisors:
                          - {type: qemu, agent: '%s/{vmid}.qga'}
                        """.formatted(folder.resolve("spool"), sockets),
                node == NODES ? withClock("+40s") : ServerProcess.SHORT_LIVED);
    }

    /**
     * Has a host join by a token, and starts its node, which finds the sockets that are in its folder.
     *
     * @param node its number, which no node has had yet
     */
    NodeProcess enrol(String name, int node) throws Exception {
        String token = bellhop("--url", a.process.url().toString(), "--key", adminKey(), "node", "add", name)
                .strip();
        Path credentials = folder.resolve("credentials-" + name + "-" + node);
        String settings = bellhop("node", "join", a.process.url().toString(), token, "--dir", credentials.toString());
        Files.createDirectories(sockets(node));
        NodeProcess enrolled = with(NodeProcess.start(
                folder.resolve(name + "-" + node),
                settings + """
                        executions: {spool: %s}
                        hypervisors:
                          - {type: qemu, agent: '%s/{vmid}.qga'}
                        """.formatted(folder.resolve("spool"), sockets(node)),
                ServerProcess.SHORT_LIVED));
        enrolled.awaitJoined();
        return enrolled;
    }

    /** Starts another process with a node's name and credentials, as from a copy of its disk, where there are no VMs. */
    NodeProcess startTwin(int node) throws IOException {
        return with(startNode(node, "twin-" + node, Files.createDirectories(folder.resolve("no-sockets-" + node))));
    }

    private ApiServer startServer(String name, List<PostgresServer> databases, Map<String, String> environment)
            throws IOException {
        List<String> launcher = List.of(Checkout.ROOT.resolve("bellhop").toString(), "server", "--config");
        TcpRelay nats = with(TcpRelay.to(nats().port()));
        List<TcpRelay> ways = new ArrayList<>();
        for (PostgresServer database : databases) {
            ways.add(with(TcpRelay.to(database.port())));
        }
        String databaseUrl =
                PostgresServer.urlOfPrimary(ways.stream().map(TcpRelay::port).toList(), PostgresServer.DATABASE);
        ServerProcess process = with(ServerProcess.start(
                folder.resolve(name),
                base.serverConfig(databaseUrl, nats.port()),
                launcher,
                environment,
                ServerProcess::answersHealth));
        return new ApiServer(process, nats, ways);
    }

    /** Runs {@code ./bellhop} and returns what it printed; fails if it did not succeed. */
    String bellhop(String... arguments) throws Exception {
        return base.bellhop(arguments);
    }

    /** The folder with the cluster's keys. */
    Path keys() {
        return base.keys();
    }

    /** The folder by which a node is let in. */
    Path credentials(int node) {
        return base.credentials(host(node));
    }

    /** The folder with what a node has on disk. */
    Path data(int node) {
        return folder.resolve(host(node)).resolve("data");
    }

    private Path guest(int vm) {
        return folder.resolve("guest-" + vm);
    }

    /** The folder with the agents' sockets of a node. */
    Path sockets(int node) {
        return folder.resolve("sockets-" + node);
    }

    private Path socket(int node, int vm) {
        return sockets(node).resolve(vm + ".qga");
    }

    /** Moves a VM's socket from one node's folder to another's, under what runs in it. */
    void move(int vm, int from, int to) throws IOException {
        Files.move(socket(from, vm), socket(to, vm));
    }

    /** Has a VM's guest go on where another node finds it, as a live migration does; the connection of the one before breaks. */
    void migrate(int vm, int from, int to) throws IOException {
        ports.get(vm - 1).move(socket(from, vm), socket(to, vm));
    }

    /** A file that commands write to. */
    Path file(String name) {
        return folder.resolve(name);
    }

    public ServerProcess a() {
        return a.process;
    }

    public ServerProcess b() {
        return b.process;
    }

    /** A and B. */
    List<ApiServer> servers() {
        return List.of(a, b);
    }

    public NodeProcess node(int node) {
        return nodes.get(node - 1);
    }

    NatsServer nats() {
        return base.nats();
    }

    /** What is between a node and NATS. */
    TcpRelay wayToNats(int node) {
        return ways.get(node - 1);
    }

    PostgresServer postgres() {
        return base.postgres();
    }

    /** The configuration of API server A. */
    Path configuration() {
        return folder.resolve("a").resolve("bellhop.yaml");
    }

    /** The key that the first server made, which is all servers'. */
    public String adminKey() throws IOException {
        return a.process.adminKey();
    }

    /** A client of one of the API servers, with the admin key. */
    public BellhopClient client(ServerProcess server) throws IOException {
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
