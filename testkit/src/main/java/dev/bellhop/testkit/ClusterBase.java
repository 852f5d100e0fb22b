// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What the API servers and nodes of a cluster share: PostgreSQL, NATS, and the keys. All on loopback, with its files in one folder. */
public final class ClusterBase implements AutoCloseable {
    private final Path folder;
    private final List<String> launcher;
    private final PostgresServer postgres;
    private final NatsServer nats;

    private ClusterBase(Path folder, List<String> launcher, PostgresServer postgres) throws Exception {
        this.folder = folder;
        this.launcher = List.copyOf(launcher);
        this.postgres = postgres;
        bellhop("cluster", "init", keys().toString(), "--nats-host", "127.0.0.1");
        Files.createFile(
                password(), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(password(), PostgresServer.PASSWORD);
        this.nats = NatsServer.start(folder, keys().resolve("nats/nats.conf"));
    }

    /**
     * Makes the keys and starts NATS.
     *
     * @param launcher how {@code bellhop} is run
     * @param postgres has started, and ends with this
     */
    public static ClusterBase start(Path folder, List<String> launcher, PostgresServer postgres) throws Exception {
        try {
            return new ClusterBase(folder, launcher, postgres);
        } catch (Throwable e) {
            postgres.close();
            throw e;
        }
    }

    /** What makes a server an API server of the cluster, in the words of its configuration. */
    public String serverConfig() {
        return serverConfig(postgres.url(PostgresServer.DATABASE), nats.port());
    }

    /**
     * As the other.
     *
     * @param databaseUrl where the server finds the database
     * @param natsPort where it finds NATS, or a relay
     */
    public String serverConfig(String databaseUrl, int natsPort) {
        return """
                postgres: {url: '%s', user: %s, passwordFile: %s}
                encryption: {keyFile: %s}
                cluster: {nats: '%s', credentials: %s}
                """.formatted(
                        databaseUrl,
                        PostgresServer.USER,
                        password(),
                        folder.resolve("encryption.keys"),
                        url(natsPort),
                        keys().resolve("api"));
    }

    /** Lets a node in: makes its credentials. */
    public void addNode(String name) throws Exception {
        bellhop(
                "cluster",
                "add-node",
                name,
                credentials(name).toString(),
                "--keys",
                keys().resolve("api").toString());
    }

    /**
     * What makes a process a node that was let in, in the words of its configuration.
     *
     * @param natsPort where it finds NATS, or what is in between
     */
    public String nodeConfig(String name, int natsPort) {
        return "cluster: {name: %s, nats: '%s', credentials: %s}\n".formatted(name, url(natsPort), credentials(name));
    }

    /** Runs {@code bellhop} and returns what it printed; fails if it did not succeed. */
    public String bellhop(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(launcher);
        command.addAll(List.of(arguments));
        Checkout.Ended ended = Checkout.run(folder, Map.of(), command);
        if (ended.exitCode() != 0) {
            throw new IOException(String.join(" ", arguments) + " failed: " + ended.stdout() + ended.stderr());
        }
        return ended.stdout();
    }

    private static String url(int natsPort) {
        return "tls://127.0.0.1:" + natsPort;
    }

    /** The folder with the cluster's keys. */
    public Path keys() {
        return folder.resolve("keys");
    }

    /** The folder by which a node is let in. */
    public Path credentials(String node) {
        return folder.resolve("credentials-" + node);
    }

    private Path password() {
        return folder.resolve("password");
    }

    public PostgresServer postgres() {
        return postgres;
    }

    public NatsServer nats() {
        return nats;
    }

    @Override
    public void close() {
        nats.close();
        postgres.close();
    }
}
