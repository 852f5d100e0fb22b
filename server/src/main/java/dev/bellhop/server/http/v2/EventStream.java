// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2;

import dev.bellhop.api.Json;
import dev.bellhop.api.v2.execution.ExecutionView;
import dev.bellhop.api.v2.execution.OutputEvent;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.OutputStreamName;
import dev.bellhop.server.http.HttpResponse;
import dev.bellhop.server.http.ResponseBudget;
import dev.bellhop.server.http.body.Utf8;
import dev.bellhop.server.service.ExecutionFollow;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Writes the events of an execution as server-sent events (WHATWG HTML, section 9.2), until it ends, the server stops
 * or the reader loses access. All output comes before the final state. For one thread and one reader.
 *
 * <p>A reader that does not follow gets only the existing output and the current state.
 */
final class EventStream implements HttpResponse.Body {
    static final String CONTENT_TYPE = "text/event-stream";

    /** The most bytes of output in one event. */
    private static final int PIECE = 64 * 1024;

    /** A piece is in memory as bytes and as JSON, where a control character uses six bytes. */
    private static final int TIMES = 8;

    /** Most text has at least this many characters for each character to escape. */
    private static final int ESCAPED_SHARE = 16;

    private static final int NAMES_BYTES = 256;

    private static final byte[] END = {'\n', '\n'};

    private static final byte[] HEARTBEAT = ": heartbeat\n\n".getBytes(StandardCharsets.US_ASCII);

    /**
     * @param heartbeat time between heartbeats if there are no other events
     * @param slice time between checks whether the server stops and the reader still has access
     */
    record Pace(Duration heartbeat, Duration slice) {
        private static final Duration DEFAULT_SLICE = Duration.ofMillis(500);

        static Pace with(Duration heartbeat) {
            return new Pace(heartbeat, heartbeat.compareTo(DEFAULT_SLICE) < 0 ? heartbeat : DEFAULT_SLICE);
        }
    }

    private final ExecutionFollow follow;
    private final Pace pace;
    private final ResponseBudget.Share held;
    private final Options options;
    private EventPosition position;
    /** In {@link System#nanoTime}. */
    private long lastSent;

    /**
     * The options of a reader.
     *
     * @param follow whether to wait for new events
     * @param times whether each output event includes the time when it was read from the guest; output that was read at
     *     different times is then sent in separate events
     */
    record Options(boolean follow, boolean times) {}

    /** @param held memory for a piece until the reader has read it; it reserves none without a piece */
    EventStream(ExecutionFollow follow, EventPosition from, Options options, Pace pace, ResponseBudget.Share held) {
        this.follow = follow;
        this.options = options;
        this.position = from;
        this.pace = pace;
        this.held = held;
        this.lastSent = System.nanoTime() - pace.heartbeat.toNanos();
    }

    @Override
    public void writeTo(OutputStream out) throws IOException {
        try (ExecutionFollow.Reader reader = options.follow ? follow.open() : follow.openStored()) {
            follow(reader, out);
        } catch (InterruptedException e) {
            // The server stops: the reader resumes from here at the next one.
            Thread.currentThread().interrupt();
        }
    }

    private void follow(ExecutionFollow.Reader reader, OutputStream out) throws IOException, InterruptedException {
        while (true) {
            reader.awaitMore(pace.slice);
            if (!follow.goesOn()) {
                return;
            }
            Optional<Execution> now = reader.now();
            if (now.isEmpty()) {
                return; // The execution's retention is over.
            }
            if (send(now.get(), reader, out)) {
                lastSent = System.nanoTime();
            } else {
                keepAlive(out);
            }
            if (position.isEnd() || !options.follow) {
                return;
            }
        }
    }

    /** Sends a heartbeat when it is due. The first also shows a reader that it is connected, even without events. */
    private void keepAlive(OutputStream out) throws IOException {
        long now = System.nanoTime();
        if (now - lastSent >= pace.heartbeat.toNanos()) {
            out.write(HEARTBEAT);
            out.flush();
            lastSent = now;
        }
    }

    /** Sends new events; returns whether there were any. */
    private boolean send(Execution execution, ExecutionFollow.Reader reader, OutputStream out) throws IOException {
        int stage = EventPosition.stage(execution.state());
        boolean ended = execution.state().isFinal();
        boolean sent = false;
        if (options.follow && !ended && stage > position.stage()) {
            sendState(execution, stage, out);
            sent = true;
        }
        boolean more = true;
        while (more && follow.goesOn()) {
            boolean fromStdout = sendPiece(execution, OutputStreamName.STDOUT, reader, out);
            boolean fromStderr = sendPiece(execution, OutputStreamName.STDERR, reader, out);
            more = fromStdout || fromStderr;
            sent |= more;
        }
        if ((ended || !options.follow) && !more) {
            sendState(execution, stage, out);
            sent = true;
        }
        if (sent) {
            out.flush();
        }
        return sent;
    }

    private void sendState(Execution execution, int stage, OutputStream out) throws IOException {
        position = position.at(stage);
        begin(ExecutionView.EVENT, out);
        out.write(Json.mapper().writeValueAsBytes(ExecutionViews.view(follow.shown(execution))));
        out.write(END);
    }

    /** Sends the next bytes of one stream; returns whether there were any. */
    private boolean sendPiece(
            Execution execution, OutputStreamName stream, ExecutionFollow.Reader reader, OutputStream out)
            throws IOException {
        long offset = reader.next(stream, position.of(stream));
        position = position.plus(stream, offset - position.of(stream));
        long available = reader.end(execution, stream, offset) - offset;
        if (available <= 0 || !isThereRoom(available, out)) {
            return false;
        }
        try (held) {
            return options.times
                    ? sendTimedPiece(execution, stream, offset, available, reader, out)
                    : sendPiece(execution, stream, offset, reader.read(execution, stream, offset, PIECE), null, out);
        }
    }

    private boolean sendTimedPiece(
            Execution execution,
            OutputStreamName stream,
            long offset,
            long available,
            ExecutionFollow.Reader reader,
            OutputStream out)
            throws IOException {
        ExecutionFollow.Piece piece = reader.piece(execution, stream, offset, offset + available);
        byte[] bytes = reader.read(execution, stream, offset, (int) Math.min(PIECE, piece.end() - offset));
        if (bytes.length > 0 && Utf8.incompleteTail(bytes) == bytes.length) {
            // Send a character that was read in parts with its first byte.
            bytes = reader.read(execution, stream, offset, Utf8.characterLength(bytes));
        }
        return sendPiece(execution, stream, offset, bytes, piece.readAt(), out);
    }

    /**
     * Waits until there is memory for the piece; returns false if the reader loses access or the server stops first.
     */
    private boolean isThereRoom(long available, OutputStream out) throws IOException {
        long bytes = ResponseBudget.SMALL + TIMES * Math.min(available, PIECE);
        while (!held.reserve(bytes, pace.slice)) {
            if (!follow.goesOn()) {
                return false;
            }
            keepAlive(out);
        }
        return true;
    }

    private boolean sendPiece(
            Execution execution,
            OutputStreamName stream,
            long offset,
            byte[] bytes,
            @Nullable Instant readAt,
            OutputStream out)
            throws IOException {
        int length = bytes.length - Utf8.incompleteTail(bytes);
        if (length == 0) {
            // An incomplete character, or nothing: the rest can follow as long as the command runs.
            if (bytes.length == 0 || !execution.state().isFinal()) {
                return false;
            }
            length = bytes.length;
        }
        position = position.plus(stream, length);
        ByteArrayOutputStream event = new ByteArrayOutputStream(length + length / ESCAPED_SHARE + NAMES_BYTES);
        begin(OutputEvent.NAME, event);
        OutputEventJson.write(stream, offset, bytes, length, readAt, event);
        event.writeBytes(END);
        event.writeTo(out);
        return true;
    }

    private void begin(String name, OutputStream out) throws IOException {
        out.write(("id: " + position + "\nevent: " + name + "\ndata: ").getBytes(StandardCharsets.US_ASCII));
    }
}
