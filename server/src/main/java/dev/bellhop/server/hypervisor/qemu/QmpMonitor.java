// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.qemu;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.vm.PowerState;
import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MappingIterator;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.MissingNode;

/**
 * Talks to a QEMU monitor (QMP). The monitor admits one client at a time, so each talk connects, sends its commands and
 * leaves. Protocol: docs/interop/qmp-spec in QEMU's source; the commands are those of its qapi/*.json.
 */
final class QmpMonitor {
    /** Of all replies of one talk together; the longest, of many disks and channels, have a few hundred bytes for each. */
    private static final int MAX_REPLY_BYTES = 1024 * 1024;

    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxDocumentLength(MAX_REPLY_BYTES)
                            .build())
                    .build())
            .build();

    private QmpMonitor() {}

    /** The monitor said no. The message is what it said, which is QEMU's own text. */
    static final class RefusedException extends IOException {
        private static final long serialVersionUID = 1;

        RefusedException(String description) {
            super(description);
        }
    }

    sealed interface Status {
        record Told(PowerState power) implements Status {}

        /** There is no socket, or nobody listens on it. */
        record Nobody() implements Status {}

        /** Somebody may be there, and did not say by the deadline. */
        record Silent() implements Status {}
    }

    static Status status(Path socket, Deadline deadline) {
        try {
            return new Status.Told(power(runState(socket, deadline)));
        } catch (ConnectException e) {
            return new Status.Nobody();
        } catch (IOException e) {
            return Files.notExists(socket) ? new Status.Nobody() : new Status.Silent();
        }
    }

    /** Whether there is a VM whose guest has switched itself off, and whose process waits to be told what now. */
    static boolean isShutDown(Path socket, Deadline deadline) {
        try {
            return runState(socket, deadline).equals("shutdown");
        } catch (IOException e) {
            return false;
        }
    }

    private static String runState(Path socket, Deadline deadline) throws IOException {
        return execute(socket, deadline, "query-status")
                .getFirst()
                .path("status")
                .asString("");
    }

    /**
     * Runs commands without arguments one after the other, and returns what each returned.
     *
     * @throws ConnectException if nobody listens on the socket
     * @throws RefusedException of the first that was refused; later ones may have been done
     * @throws IOException if there was no readable answer by the deadline; any may have been done
     */
    static List<JsonNode> execute(Path socket, Deadline deadline, String... commands) throws IOException {
        return talk(socket, deadline, false, commands);
    }

    /** As {@link #execute} of commands that change nothing; one that was refused returned a missing node. */
    static List<JsonNode> ask(Path socket, Deadline deadline, String... commands) throws IOException {
        return talk(socket, deadline, true, commands);
    }

    private static List<JsonNode> talk(Path socket, Deadline deadline, boolean takesRefusals, String... commands)
            throws IOException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            // A blocking channel has no timeout, and connecting blocks too where others wait to be let in; closing it
            // under the caller is one.
            CompletableFuture<Void> over = new CompletableFuture<>();
            CompletableFuture<Void> ignored = over.orTimeout(
                            deadline.remaining().toNanos(), TimeUnit.NANOSECONDS)
                    .whenComplete((nothing, timeout) -> closeQuietly(channel));
            try {
                channel.connect(UnixDomainSocketAddress.of(socket));
                StringBuilder requests = new StringBuilder("{\"execute\":\"qmp_capabilities\"}\n");
                for (String command : commands) {
                    requests.append("{\"execute\":\"").append(command).append("\"}\n");
                }
                Channels.newOutputStream(channel).write(requests.toString().getBytes(StandardCharsets.US_ASCII));
                List<JsonNode> returned = readReplies(channel, commands.length + 1, takesRefusals);
                return returned.subList(1, returned.size());
            } finally {
                over.complete(null);
            }
        } catch (JacksonException e) {
            throw new IOException("The monitor stopped answering, or sent what cannot be read", e);
        }
    }

    private static List<JsonNode> readReplies(SocketChannel channel, int count, boolean takesRefusals)
            throws IOException {
        List<JsonNode> returned = new ArrayList<>();
        MappingIterator<JsonNode> messages =
                JSON.readerFor(JsonNode.class).readValues(Channels.newInputStream(channel));
        while (returned.size() < count) {
            if (!messages.hasNextValue()) {
                throw new EOFException("The monitor ended the connection");
            }
            JsonNode message = messages.nextValue();
            if (message.has("return")) {
                returned.add(message.path("return"));
            } else if (message.has("error")) {
                // The first answers qmp_capabilities, without which no command is taken.
                if (!takesRefusals || returned.isEmpty()) {
                    throw new RefusedException(
                            message.path("error").path("desc").asString("it does not say why"));
                }
                returned.add(MissingNode.getInstance());
            }
            // The rest is the greeting, and events.
        }
        return returned;
    }

    /** The names are those of {@code RunState} in qapi/run-state.json. */
    private static PowerState power(String runState) {
        return switch (runState) {
            case "running" -> PowerState.RUNNING;
            case "shutdown" -> PowerState.STOPPED;
            case "inmigrate" -> PowerState.STARTING;
            case "paused",
                    "prelaunch",
                    "suspended",
                    "save-vm",
                    "restore-vm",
                    "finish-migrate",
                    "postmigrate",
                    "debug",
                    "watchdog",
                    "io-error",
                    "internal-error",
                    "guest-panicked",
                    "colo" -> PowerState.PAUSED;
            default -> PowerState.UNKNOWN;
        };
    }

    private static void closeQuietly(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            // It is closed as far as the reader is concerned, which is all that is wanted of it.
        }
    }
}
