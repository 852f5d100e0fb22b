// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench;

import dev.bellhop.testkit.Checkout;
import dev.bellhop.testkit.NatsServer;
import dev.bellhop.testkit.PostgresServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A cluster of real processes on loopback, without its nodes: PostgreSQL, which forces what it stores, NATS, and two API servers. */
final class BenchCluster implements AutoCloseable {
    private final Setting setting;
    private final Path folder;
    private final List<AutoCloseable> parts = new ArrayList<>();
    private final PostgresServer postgres;
    private final NatsServer nats;
    private final BenchServer a;
    private final BenchServer b;

    private BenchCluster(Setting setting, Path folder) throws Exception {
        this.setting = setting;
        this.folder = Files.createDirectory(folder);
        try {
            postgres = with(PostgresServer.startDurable());
            bellhop("cluster", "init", keys().toString(), "--nats-host", "127.0.0.1");
            nats = with(NatsServer.start(folder, keys().resolve("nats/nats.conf")));
            Files.createFile(
                    password(), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(password(), PostgresServer.PASSWORD);
            a = with(server("a"));
            b = with(server("b"));
        } catch (Throwable e) {
            close();
            throw e;
        }
    }

    /** @param folder new */
    static BenchCluster start(Setting setting, Path folder) throws Exception {
        return new BenchCluster(setting, folder);
    }

    /** Ends it with the cluster, before all that was there before it. */
    <T extends AutoCloseable> T with(T part) {
        parts.addFirst(part);
        return part;
    }

    private BenchServer server(String name) throws IOException {
        return BenchServer.start(
                setting.launcher(),
                folder.resolve(name),
                """
                postgres: {url: '%s', user: %s, passwordFile: %s}
                encryption: {keyFile: %s}
                cluster: {nats: '%s', credentials: %s}
                %s""".formatted(
                                postgres.url(PostgresServer.DATABASE),
                                PostgresServer.USER,
                                password(),
                                folder.resolve("encryption.keys"),
                                natsUrl(),
                                keys().resolve("api"),
                                BenchServer.LIMITS),
                false);
    }

    /** Makes the credentials of a node, and what its configuration begins with. */
    String node(String name) throws Exception {
        Path credentials = folder.resolve("credentials-" + name);
        bellhop(
                "cluster",
                "add-node",
                name,
                credentials.toString(),
                "--keys",
                keys().resolve("api").toString());
        return "cluster: {name: %s, nats: '%s', credentials: %s}\n".formatted(name, natsUrl(), credentials);
    }

    private void bellhop(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(setting.launcher());
        command.addAll(List.of(arguments));
        Checkout.Ended ended = Checkout.run(folder, Map.of(), command);
        if (ended.exitCode() != 0) {
            throw new IOException(String.join(" ", arguments) + " failed: " + ended.stderr());
        }
    }

    private String natsUrl() {
        return "tls://127.0.0.1:" + nats.port();
    }

    private Path keys() {
        return folder.resolve("keys");
    }

    private Path password() {
        return folder.resolve("password");
    }

    BenchServer a() {
        return a;
    }

    BenchServer b() {
        return b;
    }

    NatsServer nats() {
        return nats;
    }

    /** A client of one of the API servers, with the key that the first one made. */
    CommandClient commands(BenchServer server) throws IOException {
        return new CommandClient(RawHttp.connect(server.address(), a.adminKey()));
    }

    String adminKey() throws IOException {
        return a.adminKey();
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
