// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.testkit;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * An agent on a Unix socket that answers as a test tells it to: for late replies, hostile bytes and old agents, which a
 * real one cannot be made to give.
 *
 * <pre>{@code
 * try (FakeAgent agent = FakeAgent.start(folder.resolve("a.sock"))) {
 *     agent.on("guest-exec", (request, wire) -> wire.reply("{\"pid\": 7}"));
 *     agent.on("guest-exec-status", (request, wire) -> wire.error("GenericError", "PID ld does not exist"));
 *     agent.on("guest-info", (request, wire) -> {}); // never answers
 * }
 * }</pre>
 *
 * <p>It serves one client at a time, as a real one does, on one virtual thread. Left alone it answers the syncs and
 * guest-ping, and knows no other command. It runs nothing.
 */
public final class FakeAgent implements AutoCloseable {

    /** What happens to the id of a request. */
    public enum Ids {
        /** The reply carries it, as in QEMU 3.0 and later. */
        ECHOED,
        /** The reply does not carry it. */
        LEFT_OUT,
        /** A request with an id is refused, as the oldest agents do. */
        REFUSED
    }

    /** How the agent answers a command. */
    @FunctionalInterface
    public interface Answer {
        /** Answers, or does not. Called on the agent's thread: the next request is read when this returns. */
        void answer(Request request, Wire wire) throws IOException, InterruptedException;
    }

    /**
     * A request.
     *
     * @param command such as "guest-exec"
     * @param arguments the JSON of its arguments, "{}" if it had none
     * @param id the JSON of its id, or null if it had none
     */
    public record Request(
            String command, String arguments, @Nullable String id) {}

    private static final int SENTINEL = 0xFF;
    private static final JsonFactory JSON = new JsonFactory();

    private final Path socket;
    private final Ids ids;
    private final ServerSocketChannel server;
    private final Map<String, Answer> answers = new ConcurrentHashMap<>();
    private final List<Request> requests = new CopyOnWriteArrayList<>();
    private final AtomicInteger connections = new AtomicInteger();
    private volatile @Nullable SocketChannel client;

    private FakeAgent(Path socket, Ids ids) throws IOException {
        this.socket = socket;
        this.ids = ids;
        this.server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(socket), 100);
        on("guest-sync", (request, wire) -> wire.reply(syncNumber(request)));
        on("guest-sync-delimited", (request, wire) -> {
            wire.bytes(new byte[] {(byte) SENTINEL});
            wire.reply(syncNumber(request));
        });
        on("guest-ping", (request, wire) -> wire.reply("{}"));
    }

    /** Starts an agent that puts ids into its replies. Nothing may exist at the path yet, which must be short. */
    public static FakeAgent start(Path socket) {
        return start(socket, Ids.ECHOED);
    }

    /** Starts an agent that treats ids this way. Nothing may exist at the path yet, which must be short. */
    public static FakeAgent start(Path socket, Ids ids) {
        try {
            FakeAgent agent = new FakeAgent(socket, ids);
            Thread.ofVirtual().name("fake-agent").start(agent::serve);
            return agent;
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot listen on " + socket, e);
        }
    }

    /** Sets the answer to a command from now on. */
    public FakeAgent on(String command, Answer answer) {
        answers.put(command, answer);
        return this;
    }

    /** Where it listens. */
    public Path socket() {
        return socket;
    }

    /** The requests so far, without the syncs. */
    public List<Request> requests() {
        return requests.stream()
                .filter(request -> !request.command().startsWith("guest-sync"))
                .toList();
    }

    /** How many connections it has accepted so far. */
    public int connections() {
        return connections.get();
    }

    /** Sends bytes to the present client, asked or not, as a late reply arrives on a virtio-serial channel. */
    public void send(byte[] bytes) throws IOException {
        new Wire(currentClient(), null).bytes(bytes);
    }

    /** Ends the connection of whoever is connected now. */
    public void hangUp() throws IOException {
        end(currentClient());
    }

    /**
     * Ends a connection so that the client's next write fails. A close alone leaves it open until the thread that reads from
     * it wakes, and until then the client can send what nobody will read.
     */
    private static void end(SocketChannel connection) throws IOException {
        try {
            connection.shutdownInput();
            connection.shutdownOutput();
        } catch (ClosedChannelException e) {
            // It has been ended by its reader meanwhile.
        } finally {
            connection.close();
        }
    }

    private SocketChannel currentClient() throws IOException {
        SocketChannel now = client;
        if (now == null) {
            throw new IOException("Nobody is connected");
        }
        return now;
    }

    private void serve() {
        while (server.isOpen()) {
            try (SocketChannel accepted = server.accept()) {
                client = accepted;
                if (!server.isOpen()) {
                    return; // It was closed meanwhile, and whoever did that need not have seen this connection.
                }
                connections.incrementAndGet();
                serve(accepted);
            } catch (IOException e) {
                // The client or the test has ended the connection; the next client is as welcome.
            } catch (InterruptedException e) {
                return;
            } finally {
                client = null;
            }
        }
    }

    private void serve(SocketChannel accepted) throws IOException, InterruptedException {
        InputStream in = new BufferedInputStream(Channels.newInputStream(accepted));
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b >= 0; b = in.read()) {
            if (b == SENTINEL) {
                line.reset();
                new Wire(accepted, null).error("GenericError", "JSON parse error, stray '\\uFFFD'");
            } else if (b == '\n') {
                Request request = parse(line.toByteArray());
                line.reset();
                requests.add(request);
                answer(request, accepted);
            } else {
                line.write(b);
            }
        }
    }

    private void answer(Request request, SocketChannel accepted) throws IOException, InterruptedException {
        if (ids == Ids.REFUSED && request.id() != null) {
            new Wire(accepted, null).error("GenericError", "QMP input object member 'id' is unexpected");
            return;
        }
        Wire wire = new Wire(accepted, ids == Ids.ECHOED ? request.id() : null);
        Answer answer = answers.get(request.command());
        if (answer == null) {
            wire.error("CommandNotFound", "The command " + request.command() + " has not been found");
        } else {
            answer.answer(request, wire);
        }
    }

    private static Request parse(byte[] line) {
        String command = "";
        String arguments = "{}";
        String id = null;
        try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), line)) {
            json.nextToken();
            for (String name = json.nextName(); name != null; name = json.nextName()) {
                json.nextToken();
                switch (name) {
                    case "execute" -> command = json.getString();
                    case "arguments" -> arguments = copy(json);
                    case "id" -> id = copy(json);
                    default -> throw new IllegalStateException("Unexpected member in a request: " + name);
                }
            }
        }
        return new Request(command, arguments, id);
    }

    private static String copy(JsonParser json) {
        StringWriter text = new StringWriter();
        try (JsonGenerator generator = JSON.createGenerator(ObjectWriteContext.empty(), text)) {
            generator.copyCurrentStructure(json);
        }
        return text.toString();
    }

    private static String syncNumber(Request request) {
        try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), request.arguments())) {
            while (json.nextToken() != null) {
                if (json.currentToken() == JsonToken.VALUE_NUMBER_INT) {
                    return json.getString();
                }
            }
        }
        throw new IllegalStateException("A sync without a number");
    }

    /** Ends it and removes its socket. */
    @Override
    public void close() {
        try {
            server.close();
            SocketChannel now = client;
            if (now != null) {
                end(now);
            }
            Files.deleteIfExists(socket);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The connection back to the client. May be kept, and used later from any thread. */
    public static final class Wire {

        private final SocketChannel channel;
        private final @Nullable String id;

        private Wire(SocketChannel channel, @Nullable String id) {
            this.channel = channel;
            this.id = id;
        }

        /** Sends a reply to the request, with this JSON as its result. */
        public void reply(String json) throws IOException {
            line("{\"return\": " + json + (id == null ? "" : ", \"id\": " + id) + "}");
        }

        /** Sends an error reply to the request; the texts go into the JSON unescaped. */
        public void error(String errorClass, String description) throws IOException {
            line("{" + (id == null ? "" : "\"id\": " + id + ", ") + "\"error\": {\"class\": \"" + errorClass
                    + "\", \"desc\": \"" + description + "\"}}");
        }

        /** Sends a line unchanged. */
        public void line(String text) throws IOException {
            bytes((text + "\n").getBytes(StandardCharsets.UTF_8));
        }

        /** Sends bytes unchanged. */
        public void bytes(byte[] bytes) throws IOException {
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
        }

        /** Ends the connection. */
        public void hangUp() throws IOException {
            channel.close();
        }
    }
}
