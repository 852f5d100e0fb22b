// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench.floor;

import dev.bellhop.bench.measure.Setting;
import dev.bellhop.bench.server.Children;
import dev.bellhop.bench.server.RawHttp;
import dev.bellhop.testkit.Programs;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.PreEncodedHttpField;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.VirtualThreadPool;

/**
 * The floor of (d), a program of its own: Jetty with the connector of Bellhop's HTTP server, and a handler that always gives
 * the same answer. The answer was recorded from Bellhop with its headers, so both send the same number of bytes.
 */
public final class BareServer {
    private static final int IDLE_MILLIS = 30_000;
    private static final long TIMEOUT_MILLIS = 30_000;
    /** Jetty writes these itself. */
    private static final List<String> JETTYS = List.of("date", "content-length");

    private BareServer() {}

    /** Serves the answer in a folder, and writes its port to a file there. */
    public static void main(String[] args) throws Exception {
        Path folder = Path.of(args[0]);
        Server server = new Server(new VirtualThreadPool());
        HttpConfiguration configuration = new HttpConfiguration();
        configuration.setSendServerVersion(false);
        configuration.setSendDateHeader(true);
        configuration.setUriCompliance(UriCompliance.RFC3986);
        ServerConnector connector = new ServerConnector(server, 1, 1, new HttpConnectionFactory(configuration));
        connector.setHost("127.0.0.1");
        connector.setIdleTimeout(IDLE_MILLIS);
        server.addConnector(connector);
        server.setHandler(new SameAnswer(
                headers(Files.readAllLines(folder.resolve("head"))), Files.readAllBytes(folder.resolve("body"))));
        server.start();
        Path port = folder.resolve("port");
        Files.writeString(folder.resolve("port.new"), Integer.toString(connector.getLocalPort()));
        Files.move(folder.resolve("port.new"), port);
        server.join();
    }

    private static List<HttpField> headers(List<String> head) {
        List<HttpField> fields = new ArrayList<>();
        for (String line : head.subList(1, head.size())) {
            int colon = line.indexOf(':');
            String name = line.substring(0, colon);
            if (!JETTYS.contains(name.toLowerCase(Locale.ROOT))) {
                fields.add(
                        new PreEncodedHttpField(name, line.substring(colon + 1).strip()));
            }
        }
        return fields;
    }

    private static final class SameAnswer extends Handler.Abstract {
        private final List<HttpField> headers;
        private final byte[] body;

        SameAnswer(List<HttpField> headers, byte[] body) {
            this.headers = headers;
            this.body = body;
        }

        @Override
        public boolean handle(Request request, Response response, Callback callback) {
            response.setStatus(200);
            headers.forEach(response.getHeaders()::add);
            response.write(true, ByteBuffer.wrap(body), callback);
            return true;
        }
    }

    /** One that runs. */
    public record Running(Process process, InetSocketAddress address) implements AutoCloseable {
        public double cpuMicros() {
            return Children.cpuMicros(process);
        }

        @Override
        public void close() {
            Programs.end(process);
        }
    }

    public static Running start(Setting setting, Path folder, RawHttp.Answer answer) throws Exception {
        Files.writeString(folder.resolve("head"), answer.head());
        Files.writeString(folder.resolve("body"), answer.body(), StandardCharsets.ISO_8859_1);
        List<String> command = new ArrayList<>(setting.jvm());
        command.addAll(
                List.of("-cp", System.getProperty("java.class.path"), BareServer.class.getName(), folder.toString()));
        Process process = Programs.start(folder, folder.resolve("bare.log"), command);
        Path port = folder.resolve("port");
        long deadline = System.currentTimeMillis() + TIMEOUT_MILLIS;
        while (!Files.exists(port)) {
            if (!process.isAlive() || System.currentTimeMillis() > deadline) {
                Programs.end(process);
                throw new IOException(
                        "Cannot start the bare Jetty handler: " + Files.readString(folder.resolve("bare.log")));
            }
            Thread.sleep(10);
        }
        return new Running(
                process,
                new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(Files.readString(port))));
    }
}
