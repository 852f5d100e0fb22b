// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench.floor;

import dev.bellhop.bench.measure.Setting;
import dev.bellhop.testkit.ServerProcess;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.VirtualThreadPool;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/**
 * The floor of (f), a program of its own: what no start can do without that has a configuration in YAML, a SQLite file and an HTTP
 * server, done by the libraries that Bellhop uses for it and by nothing else. It answers every request with 200.
 */
public final class BareStart {
    private BareStart() {}

    /** Serves at the port of a configuration, with a database in the configuration's folder. */
    public static void main(String[] arguments) throws Exception {
        Path configuration = Path.of(arguments[0]);
        InetSocketAddress address = address(configuration);
        openDatabase(configuration.resolveSibling("bare.db"));
        Server server = new Server(new VirtualThreadPool());
        ServerConnector connector = new ServerConnector(server, 1, 1);
        connector.setHost(address.getHostString());
        connector.setPort(address.getPort());
        server.addConnector(connector);
        server.setHandler(new Handler.Abstract() {
            @Override
            public boolean handle(Request request, Response response, Callback callback) {
                response.setStatus(HttpStatus.OK_200);
                callback.succeeded();
                return true;
            }
        });
        server.start();
        server.join();
    }

    /** Reads all of it. */
    private static InetSocketAddress address(Path configuration) throws IOException {
        MappingNode root = (MappingNode) new Compose(LoadSettings.builder().build())
                .composeString(Files.readString(configuration))
                .orElseThrow();
        String listen = root.getValue().stream()
                .filter(entry -> text(entry.getKeyNode()).equals("listen"))
                .map(entry -> text(entry.getValueNode()))
                .findFirst()
                .orElseThrow();
        int colon = listen.lastIndexOf(':');
        return new InetSocketAddress(listen.substring(0, colon), Integer.parseInt(listen.substring(colon + 1)));
    }

    private static String text(Node node) {
        return ((ScalarNode) node).getValue();
    }

    private static void openDatabase(Path file) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA journal_mode = WAL");
            statement.execute("CREATE TABLE IF NOT EXISTS bare (id INTEGER PRIMARY KEY)");
            statement.executeQuery("SELECT count(*) FROM bare").close();
        }
    }

    /** Starts one with the configuration that Bellhop gets, and returns once it answers; its AOT cache is made by the first one. */
    public static ServerProcess start(Setting setting, Path folder, String configuration) throws IOException {
        Path cache = folder.resolve("bare.aot");
        List<String> command = new ArrayList<>(setting.jvm());
        if (Files.exists(cache)) {
            command.add("-XX:AOTCache=" + cache);
        } else {
            // As Bellhop's is trained.
            command.addAll(
                    List.of("-XX:+UnlockDiagnosticVMOptions", "-XX:-AOTRecordTraining", "-XX:AOTCacheOutput=" + cache));
        }
        command.addAll(List.of(
                // Unpacked, as Bellhop has it.
                "-Dorg.sqlite.lib.path=" + setting.root().resolve("cli/target/bellhop/lib"),
                "-Dorg.sqlite.lib.name=libsqlitejdbc.so",
                "-cp",
                System.getProperty("java.class.path"),
                BareStart.class.getName()));
        return ServerProcess.start(folder, configuration, command, Map.of(), ServerProcess::answersHealth);
    }
}
