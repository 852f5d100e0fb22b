// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.recording;

import dev.bellhop.server.digest.Digests;
import dev.bellhop.server.limit.FairLimit;
import dev.bellhop.server.recording.Asciicast.Event;
import dev.bellhop.server.terminal.PtyEnd;
import dev.bellhop.server.terminal.TerminalEnd;
import dev.bellhop.server.terminal.TerminalRecorder;
import dev.bellhop.server.terminal.WindowSize;
import java.io.ByteArrayOutputStream;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The recording of one terminal. {@link RecordingWriter} stores one piece after the other. If the store is slower than the terminal and
 * no more memory is free, the terminal waits a moment. Then its output is left out of the recording until half of the memory is free again, and
 * the recording has a marker there. Thread safe.
 */
public final class RecordedTerminal implements TerminalRecorder {
    /** Approximate size of a stored piece. */
    static final int PIECE_BYTES = 64 << 10;

    /** How long data waits to be stored together with later data. */
    static final Duration FLUSH_INTERVAL = Duration.ofSeconds(1);

    /** Bytes that can wait to be stored in every recording. */
    private static final int ROOM = 144 << 10;

    /** Bytes that can wait to be stored if more memory is free. */
    private static final int MAX_ROOM = 1 << 20;

    /** Longer texts are split into several events, because JSON can need six bytes for a character. */
    private static final int MAX_TEXT = 4096;

    /**
     * Memory of every recording: waiting data and one more event, the unused end of the buffer for the current piece,
     * and the encrypted copy of the piece that is being stored.
     */
    static final long BYTES = ROOM + 6 * MAX_TEXT + PIECE_BYTES + (88 << 10);

    private static final Duration ROOM_TIMEOUT = Duration.ofSeconds(5);

    /** Interval for checking the memory again, because another recording that releases memory notifies no one here. */
    private static final Duration ROOM_INTERVAL = Duration.ofMillis(100);

    /** Time for the recording's end to be stored before the terminal's end is reported. */
    private static final Duration END_TIMEOUT = Duration.ofSeconds(3);

    private static final int SIGNALLED = 128;
    private static final String MISSING = "Bellhop: what was printed here is missing, as it could not be stored";
    private static final String TOO_LONG = "Bellhop: the recording is as long as one may be; what follows is not in it";

    private final RecordingSettings settings;
    private final Memory memory;
    private final long begin = System.nanoTime();

    /** All following fields are guarded by this. */
    private final Utf8Text printed = new Utf8Text();

    private final Utf8Text typed = new Utf8Text();
    private final MessageDigest digest = Digests.sha256();

    /** Full pieces; {@link #current} is the next one. */
    private final Deque<byte[]> full = new ArrayDeque<>();

    private ByteArrayOutputStream current = new ByteArrayOutputStream();
    private long currentSince;

    /** Bytes that are not stored yet, including the piece that is being stored. */
    private int waiting;

    private int room = ROOM;

    /** If output is missing: recording resumes when fewer bytes than this wait. */
    private int enough;

    private long bytes;
    private long lastMillis;
    private boolean complete = true;
    private boolean takesNoMore;
    private boolean isMissing;
    private boolean stored;
    private Recording.@Nullable End end;

    /**
     * The memory of a recording, in bytes.
     *
     * @param base {@link #BYTES} for every recording
     * @param more for data that waits longer
     */
    record Memory(FairLimit.Holding base, FairLimit.Holding more) implements AutoCloseable {
        @Override
        public void close() {
            base.close();
            more.close();
        }
    }

    /** @param memory owned by the recording until it is {@link #settled} */
    RecordedTerminal(RecordingSettings settings, Memory memory, byte[] header) {
        this.settings = settings;
        this.memory = memory;
        synchronized (this) {
            append(header);
        }
    }

    @Override
    public boolean keepsOutput() {
        return true;
    }

    @Override
    public boolean keepsInput() {
        return settings.input();
    }

    @Override
    public synchronized void printed(byte[] more) {
        addText(Asciicast.OUTPUT, printed.add(more));
    }

    @Override
    public synchronized void typed(byte[] more) {
        if (settings.input()) {
            addText(Asciicast.INPUT, typed.add(more));
        }
    }

    @Override
    public synchronized void resized(WindowSize size) {
        add(Asciicast.RESIZE, size.toString(), System.nanoTime() + ROOM_TIMEOUT.toNanos());
    }

    private void addText(String code, String text) {
        long until = System.nanoTime() + ROOM_TIMEOUT.toNanos();
        for (int from = 0; from < text.length(); ) {
            int to = Math.min(text.length(), from + MAX_TEXT);
            if (to < text.length() && Character.isHighSurrogate(text.charAt(to - 1))) {
                to--;
            }
            add(code, text.substring(from, to), until);
            from = to;
        }
    }

    private void add(String code, String text, long until) {
        if (text.isEmpty() || isOver() || !hasRoom(until) || isOver()) {
            return;
        }
        if (isMissing) {
            isMissing = false;
            append(event(Asciicast.MARKER, MISSING));
        }
        long before = lastMillis;
        byte[] line = event(code, text);
        if (bytes + line.length > settings.maxBytes()) {
            takesNoMore = true;
            complete = false;
            lastMillis = before;
            line = event(Asciicast.MARKER, TOO_LONG);
        }
        append(line);
    }

    /** A recording can end while a thread waits for room. */
    private boolean isOver() {
        return takesNoMore || end != null;
    }

    /** Waits for room, unless an earlier wait timed out. */
    private boolean hasRoom(long until) {
        if (isMissing) {
            return waiting < enough;
        }
        try {
            for (long left = until - System.nanoTime();
                    left > 0 && !isOver() && !fits();
                    left = until - System.nanoTime()) {
                TimeUnit.NANOSECONDS.timedWait(this, Math.min(left, ROOM_INTERVAL.toNanos()));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (!fits()) {
            isMissing = true;
            complete = false;
            // Otherwise every other event would be missing.
            enough = room / 2;
        }
        return !isMissing;
    }

    private boolean fits() {
        if (waiting > room && room + PIECE_BYTES <= MAX_ROOM && memory.more.grow(PIECE_BYTES)) {
            room += PIECE_BYTES;
        }
        return waiting <= room;
    }

    /** Returns the current piece. The next piece gets a new buffer, because a buffer never shrinks. */
    private byte[] takeCurrent() {
        byte[] piece = current.toByteArray();
        current = new ByteArrayOutputStream();
        return piece;
    }

    private byte[] event(String code, String text) {
        long now = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
        Event event = new Event(now - lastMillis, code, text);
        lastMillis = now;
        return event.line();
    }

    private void append(byte[] line) {
        if (current.size() == 0) {
            currentSince = System.nanoTime();
        }
        current.writeBytes(line);
        digest.update(line);
        bytes += line.length;
        waiting += line.length;
        if (current.size() >= PIECE_BYTES) {
            full.add(takeCurrent());
        }
        notifyAll();
    }

    /** Ends the recording, and waits a moment until all of it is stored. */
    @Override
    public synchronized void ended(TerminalEnd how) {
        addText(Asciicast.OUTPUT, printed.end());
        addText(Asciicast.INPUT, typed.end());
        if (isMissing) {
            append(event(Asciicast.MARKER, MISSING));
        }
        String status = status(how.pty());
        if (status != null) {
            append(event(Asciicast.EXIT, status));
        }
        end = new Recording.End(how.at(), complete, HexFormat.of().formatHex(digest.digest()));
        notifyAll();
        long until = System.nanoTime() + END_TIMEOUT.toNanos();
        try {
            for (long left = END_TIMEOUT.toNanos(); !stored && left > 0; left = until - System.nanoTime()) {
                TimeUnit.NANOSECONDS.timedWait(this, left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Returns the exit status as shells report it; absent if it is unknown. */
    private static @Nullable String status(PtyEnd pty) {
        Integer code = pty.exitCode();
        Integer signal = pty.signal();
        return code != null ? Integer.toString(code) : signal == null ? null : Integer.toString(SIGNALLED + signal);
    }

    /** Returns how the recording ended; absent while it is in progress. */
    public synchronized Recording.@Nullable End end() {
        return end;
    }

    /** Returns the size of the recording in bytes, stored or not. */
    public synchronized long bytes() {
        return bytes;
    }

    /** Returns the next piece to store; empty if there was no data in time, absent when everything is stored. */
    synchronized byte @Nullable [] next(Duration longest) throws InterruptedException {
        long until = System.nanoTime() + longest.toNanos();
        for (long now = System.nanoTime(); full.isEmpty() && end == null && now < until; now = System.nanoTime()) {
            long due = current.size() == 0 ? until : Math.min(until, currentSince + FLUSH_INTERVAL.toNanos());
            if (due <= now) {
                break;
            }
            TimeUnit.NANOSECONDS.timedWait(this, due - now);
        }
        byte[] piece = full.poll();
        if (piece == null) {
            piece = takeCurrent();
        }
        return piece.length == 0 && end != null ? null : piece;
    }

    /** Gives up, because nothing more can be stored. */
    synchronized void lost() {
        complete = false;
        takesNoMore = true;
        if (end != null) {
            end = new Recording.End(end.at(), false, end.sha256());
        }
        forget();
        notifyAll();
    }

    private void forget() {
        full.clear();
        var _ = takeCurrent();
        waiting = 0;
    }

    synchronized void stored(int count) {
        waiting -= count;
        while (room > ROOM && waiting <= room - PIECE_BYTES) {
            memory.more.shrink(PIECE_BYTES);
            room -= PIECE_BYTES;
        }
        notifyAll();
    }

    /** Frees the memory: everything including the end is stored, or never will be. */
    synchronized void settled() {
        stored = true;
        takesNoMore = true;
        forget();
        memory.close();
        notifyAll();
    }
}
