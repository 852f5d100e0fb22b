// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client;

import dev.bellhop.api.Json;
import dev.bellhop.api.client.error.BellhopApiException;
import dev.bellhop.api.client.error.BellhopClientException;
import dev.bellhop.api.client.error.BellhopTransportException;
import dev.bellhop.api.client.transport.MalformedException;
import dev.bellhop.api.client.transport.SseConnection;
import dev.bellhop.api.client.transport.SseMessage;
import dev.bellhop.api.client.transport.Transport;
import dev.bellhop.api.v2.execution.ExecutionView;
import dev.bellhop.api.v2.execution.OutputEvent;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * What an execution does, as it does it: its states and its output, in order, each byte once. Where the connection breaks,
 * the server stops, or something on the way answers 502, 503 or 504, it connects again and goes on where it was, for as long
 * as it was told to try.
 *
 * <p>{@link #next} is for one thread at a time; {@link #close} may be called by any, and ends a {@code next} that waits.
 */
public final class ExecutionEvents implements AutoCloseable {

    /** The server sends something every 15 s at least. */
    static final Duration SILENCE_TIMEOUT = Duration.ofSeconds(45);

    private final Transport transport;
    private final String path;
    private final boolean follow;
    private final Outage outage;
    private final Duration longestSilence;
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile @Nullable SseConnection connection;
    private volatile @Nullable String lastEventId;
    private boolean over;

    /** @param follow whether there is more after a state in which the execution has not ended */
    ExecutionEvents(
            Transport transport,
            String path,
            @Nullable String lastEventId,
            boolean follow,
            Duration longestOutage,
            Duration longestSilence) {
        this.transport = transport;
        this.path = path;
        this.lastEventId = lastEventId;
        this.follow = follow;
        this.outage = new Outage(longestOutage);
        this.longestSilence = longestSilence;
    }

    /** The id of the last event that {@link #next} gave: where another stream goes on from. Absent before the first. */
    public Optional<String> lastEventId() {
        return Optional.ofNullable(lastEventId);
    }

    /**
     * The next event; waits for it. Connects where there is no connection.
     *
     * @return absent after the state with which the stream ends, and after {@link #close}
     * @throws BellhopApiException where the server says no, as to an execution that it does not know
     * @throws BellhopTransportException where there was no connection for as long as it was to try
     */
    public Optional<ExecutionEvent> next() throws InterruptedException {
        outage.end();
        while (!over && closed.getCount() > 0) {
            try {
                SseConnection current = connection;
                if (current == null) {
                    connect();
                    continue;
                }
                ExecutionEvent event = event(current.next());
                if (event != null) {
                    return Optional.of(event);
                }
            } catch (SseConnection.EndedException e) {
                if (pause(transport.broken(e))) {
                    break;
                }
            } catch (MalformedException | JacksonException | IllegalArgumentException e) {
                disconnect();
                throw transport.notUnderstood(200, e);
            } catch (BellhopClientException e) {
                if (pause(e)) {
                    break;
                }
            }
        }
        return Optional.empty();
    }

    private void connect() throws InterruptedException {
        SseConnection fresh =
                transport.stream(path, lastEventId, longestSilence).orElse(null);
        connection = fresh;
        over = fresh == null;
        if (fresh != null && closed.getCount() == 0) {
            fresh.close();
        }
    }

    private void disconnect() {
        SseConnection old = connection;
        connection = null;
        if (old != null) {
            old.close();
        }
    }

    /** Returns whether this was closed during the pause. */
    private boolean pause(BellhopClientException failure) throws InterruptedException {
        disconnect();
        return closed.await(outage.pauseAfter(failure).toNanos(), TimeUnit.NANOSECONDS);
    }

    private @Nullable ExecutionEvent event(SseMessage message) {
        String name = message.event();
        if (name == null) {
            return new ExecutionEvent.Heartbeat();
        }
        return switch (name) {
            case OutputEvent.NAME -> output(message);
            case ExecutionView.EVENT -> state(message);
            default -> null; // Of a later version.
        };
    }

    private ExecutionEvent output(SseMessage message) {
        OutputEvent output = Json.mapper().readValue(message.data(), OutputEvent.class);
        String id = id(message);
        ExecutionEvent event =
                new ExecutionEvent.Output(id, stream(output.stream()), output.offset(), bytes(output), output.readAt());
        lastEventId = id;
        return event;
    }

    private ExecutionEvent state(SseMessage message) {
        ExecutionView execution = Json.mapper().readValue(message.data(), ExecutionView.class);
        String id = id(message);
        lastEventId = id;
        if (execution.ended() || !follow) {
            over = true;
            disconnect();
        }
        return new ExecutionEvent.State(id, execution);
    }

    private static String id(SseMessage message) {
        String id = message.id();
        if (id == null) {
            throw new MalformedException();
        }
        return id;
    }

    private static OutputStreamName stream(String name) {
        return switch (name) {
            case "stdout" -> OutputStreamName.STDOUT;
            case "stderr" -> OutputStreamName.STDERR;
            default -> throw new MalformedException();
        };
    }

    private static byte[] bytes(OutputEvent output) {
        String text = output.text();
        String base64 = output.base64();
        if (text != null) {
            return text.getBytes(StandardCharsets.UTF_8);
        }
        if (base64 == null) {
            throw new MalformedException();
        }
        return Base64.getDecoder().decode(base64);
    }

    /** Gives the connection up. What runs in the guest runs on. */
    @Override
    public void close() {
        closed.countDown();
        SseConnection current = connection;
        if (current != null) {
            current.close();
        }
    }
}
