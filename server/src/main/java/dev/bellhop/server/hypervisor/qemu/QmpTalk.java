// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.qemu;

import dev.bellhop.qga.Deadline;
import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MappingIterator;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.MissingNode;

/**
 * One connection to a QEMU monitor (QMP). Keep it short, because the monitor accepts one client at a time. Ends by its
 * deadline. For one thread. Protocol: docs/interop/qmp-spec in QEMU's source.
 */
final class QmpTalk implements AutoCloseable {
    /**
     * Limit for all replies together. The longest replies, about disks and channels, have a few hundred bytes for each.
     */
    private static final int MAX_REPLY_BYTES = 1024 * 1024;

    /** More events than any talk here lasts for. */
    private static final int MAX_EVENTS = 1000;

    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxDocumentLength(MAX_REPLY_BYTES)
                            .build())
                    .build())
            .build();

    private final SocketChannel channel;
    private final CompletableFuture<Void> over = new CompletableFuture<>();
    private final List<JsonNode> events = new ArrayList<>();

    /** Absent until there is something to read: its constructor reads. */
    private @Nullable MappingIterator<JsonNode> messages;

    private QmpTalk(SocketChannel channel) {
        this.channel = channel;
    }

    /** The monitor refused. The message is QEMU's own text. */
    static final class RefusedException extends IOException {
        private static final long serialVersionUID = 1;

        RefusedException(String description) {
            super(description);
        }
    }

    record Command(String name, Map<String, ?> arguments) {
        Command(String name) {
            this(name, Map.of());
        }

        private Map<String, ?> json() {
            return arguments.isEmpty() ? Map.of("execute", name) : Map.of("execute", name, "arguments", arguments);
        }
    }

    /**
     * Connects, and waits until other clients have left.
     *
     * @throws java.net.ConnectException if no process listens on the socket
     */
    static QmpTalk open(Path socket, Deadline deadline) throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        QmpTalk talk = new QmpTalk(channel);
        // A blocking channel has no timeout, and connecting also blocks while other clients wait; closing it from
        // another thread acts as the timeout.
        CompletableFuture<Void> ignored = talk.over
                .orTimeout(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS)
                .whenComplete((nothing, timeout) -> closeQuietly(channel));
        boolean connected = false;
        try {
            connected = channel.connect(UnixDomainSocketAddress.of(socket));
            return talk;
        } finally {
            if (!connected) {
                talk.close();
            }
        }
    }

    /**
     * Sends the commands in one write, after the mandatory capabilities command, and returns their results. Call this
     * once, and first.
     *
     * @param takesRefusals whether a refused command returns a missing node, rather than ends this
     * @throws RefusedException for the first refused command; later commands may have run
     * @throws IOException if there was no readable answer by the deadline; any command may have run
     */
    List<JsonNode> begin(boolean takesRefusals, List<Command> commands) throws IOException {
        List<Command> all = new ArrayList<>(List.of(new Command("qmp_capabilities")));
        all.addAll(commands);
        List<JsonNode> returned = send(takesRefusals, all);
        if (returned.getFirst().isMissingNode()) {
            throw new RefusedException("it takes no commands");
        }
        return returned.subList(1, returned.size());
    }

    /** Runs one more command. */
    JsonNode run(String command, Map<String, ?> arguments) throws IOException {
        return send(false, List.of(new Command(command, arguments))).getFirst();
    }

    /** Runs more commands that change nothing; a refused command returns a missing node. */
    List<JsonNode> ask(List<Command> commands) throws IOException {
        return commands.isEmpty() ? List.of() : send(true, commands);
    }

    /** Waits for an event, which may have arrived already. */
    void awaitEvent(Predicate<JsonNode> wanted) throws IOException {
        while (events.stream().noneMatch(wanted)) {
            JsonNode message = next();
            if (message.has("event") && events.size() < MAX_EVENTS) {
                events.add(message);
            }
        }
    }

    private List<JsonNode> send(boolean takesRefusals, List<Command> commands) throws IOException {
        StringBuilder requests = new StringBuilder();
        for (Command command : commands) {
            requests.append(JSON.writeValueAsString(command.json())).append('\n');
        }
        Channels.newOutputStream(channel).write(requests.toString().getBytes(StandardCharsets.UTF_8));
        List<JsonNode> returned = new ArrayList<>();
        while (returned.size() < commands.size()) {
            JsonNode message = next();
            if (message.has("return")) {
                returned.add(message.path("return"));
            } else if (message.has("error")) {
                if (!takesRefusals) {
                    throw new RefusedException(
                            message.path("error").path("desc").asString("it does not say why"));
                }
                returned.add(MissingNode.getInstance());
            } else if (message.has("event") && events.size() < MAX_EVENTS) {
                events.add(message);
            }
            // Anything else is the greeting.
        }
        return returned;
    }

    private JsonNode next() throws IOException {
        try {
            MappingIterator<JsonNode> iterator = messages;
            if (iterator == null) {
                iterator = JSON.readerFor(JsonNode.class).readValues(Channels.newInputStream(channel));
                messages = iterator;
            }
            if (!iterator.hasNextValue()) {
                throw new EOFException("The monitor ended the connection");
            }
            return iterator.nextValue();
        } catch (JacksonException e) {
            throw new IOException("The monitor stopped answering, or sent what cannot be read", e);
        }
    }

    @Override
    public void close() {
        over.complete(null);
        closeQuietly(channel);
    }

    private static void closeQuietly(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            // For the reader it is closed, which is enough.
        }
    }
}
