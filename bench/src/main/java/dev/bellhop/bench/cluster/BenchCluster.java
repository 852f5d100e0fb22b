// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench.cluster;

import dev.bellhop.bench.measure.Setting;
import dev.bellhop.bench.server.BenchServer;
import dev.bellhop.bench.server.CommandClient;
import dev.bellhop.bench.server.RawHttp;
import dev.bellhop.testkit.ClusterBase;
import dev.bellhop.testkit.NatsServer;
import dev.bellhop.testkit.PostgresServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A cluster of real processes on loopback, without its nodes: PostgreSQL, which forces what it stores, NATS, and two API servers. */
final class BenchCluster implements AutoCloseable {
    private final Setting setting;
    private final Path folder;
    private final List<AutoCloseable> parts = new ArrayList<>();
    private final ClusterBase base;
    private final BenchServer a;
    private final BenchServer b;

    private BenchCluster(Setting setting, Path folder) throws Exception {
        this.setting = setting;
        this.folder = Files.createDirectory(folder);
        try {
            base = with(ClusterBase.start(folder, setting.launcher(), PostgresServer.startDurable()));
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
                setting.launcher(), folder.resolve(name), base.serverConfig() + BenchServer.LIMITS, false);
    }

    /** Makes the credentials of a node, and what its configuration begins with. */
    String node(String name) throws Exception {
        base.addNode(name);
        return base.nodeConfig(name, nats().port());
    }

    BenchServer a() {
        return a;
    }

    BenchServer b() {
        return b;
    }

    NatsServer nats() {
        return base.nats();
    }

    PostgresServer postgres() {
        return base.postgres();
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
