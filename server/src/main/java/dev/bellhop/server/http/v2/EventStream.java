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
 * Writes what an execution does as server-sent events (WHATWG HTML, section 9.2), until it has ended, the server stops
 * or the reader may not read on. All output comes before the final state. For one thread and one reader.
 *
 * <p>A reader that does not follow gets the output that there is, then the state as it is, and that is all.
 */
final class EventStream implements HttpResponse.Body {
    static final String CONTENT_TYPE = "text/event-stream";

    /** The most bytes of output in one event. */
    private static final int PIECE = 64 * 1024;

    /** A piece is there as bytes and as JSON, where a control character takes six bytes. */
    private static final int TIMES = 8;

    /** How many characters there are for one that is escaped, in most text; and what an event has beside its text. */
    private static final int ESCAPED_SHARE = 16;

    private static final int NAMES_BYTES = 256;

    private static final byte[] END = {'\n', '\n'};

    private static final byte[] HEARTBEAT = ": heartbeat\n\n".getBytes(StandardCharsets.US_ASCII);

    /**
     * @param heartbeat between two signs of life where nothing else is sent
     * @param slice between two looks at whether the server stops, and whether the reader may read on
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
    /** As {@link System#nanoTime}. */
    private long lastSent;

    /**
     * What a reader wants.
     *
     * @param follow whether to go on with what is not there yet
     * @param times whether to tell of output when it was read from the guest, and so to send what was read at one time apart
     *     from what was read at another
     */
    record Options(boolean follow, boolean times) {}

    /** @param held memory for a piece until the reader has read it; without a piece it takes none */
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
            // The server stops: the reader goes on from here at the next one.
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
                return; // Its retention is over.
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

    /**
     * Sends a heartbeat when it is due. The first also tells a reader for whom there is nothing new that it is
     * connected.
     */
    private void keepAlive(OutputStream out) throws IOException {
        long now = System.nanoTime();
        if (now - lastSent >= pace.heartbeat.toNanos()) {
            out.write(HEARTBEAT);
            out.flush();
            lastSent = now;
        }
    }

    /** Sends what is new, and says whether anything was. */
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

    /** Sends the next bytes of one stream, and says whether there were any. */
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
            // A character that was read in parts comes with its first byte.
            bytes = reader.read(execution, stream, offset, Utf8.characterLength(bytes));
        }
        return sendPiece(execution, stream, offset, bytes, piece.readAt(), out);
    }

    /** Waits until the piece may be in memory; false where the reader may not read on meanwhile. */
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
            // The beginning of a character, or nothing: the rest of it may come for as long as the command runs.
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
