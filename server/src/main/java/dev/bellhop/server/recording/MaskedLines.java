// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.recording;

import dev.bellhop.server.limit.FairTurns;
import dev.bellhop.server.masking.Masker;
import dev.bellhop.server.recording.Asciicast.Event;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * The lines of a recording as readers see them. What was printed is masked as one text, however it was cut into events; what was typed
 * is left out, as it may be passwords that no mask knows. All else, the times too, stays as it was. A few lines are held back until it
 * is known whether they are to be masked. For one thread.
 */
public final class MaskedLines {
    private static final byte[] NOTHING = {};

    /** Lines that are held back: of more, the last of sizes that follow each other is enough. */
    private static final int MANY = 1000;

    private final @Nullable Masker masker;
    private final FairTurns.Share turns;

    /** Lines that are not shown yet, in their order. */
    private final Deque<Line> held = new ArrayDeque<>();

    /** What was printed, from an offset on that the masker has asked for last. */
    private byte[] printed = NOTHING;

    private long printedFrom;

    /** How much of what was printed is shown. */
    private long shown;

    /** The intervals of events that were left out since the last one that was not. */
    private long leftOut;

    /**
     * Begins with no lines.
     *
     * @param masker absent for none: then only input is left out
     * @param turns of the reader
     */
    public MaskedLines(@Nullable Masker masker, FairTurns.Share turns) {
        this.masker = masker;
        this.turns = turns;
    }

    /**
     * A line.
     *
     * @param event absent for the header
     * @param printedEnd where what it prints ends, in all that is printed
     */
    @SuppressWarnings("ArrayRecordComponent") // Read once.
    private record Line(byte[] bytes, @Nullable Event event, long printedEnd) {
        boolean prints() {
            return event != null && event.code().equals(Asciicast.OUTPUT);
        }

        @Override
        public String toString() {
            return "Line[" + event + "]";
        }
    }

    /** What is shown of some more lines, which are whole. */
    public byte[] add(byte[] lines) {
        ByteArrayOutputStream more = new ByteArrayOutputStream();
        int begin = 0;
        for (int i = 0; i < lines.length; i++) {
            if (lines[i] == '\n') {
                hold(Arrays.copyOfRange(lines, begin, i + 1), more);
                begin = i + 1;
            }
        }
        append(more.toByteArray());
        return show(false);
    }

    /** What is shown of the rest, after which nothing follows. */
    public byte[] end() {
        return show(true);
    }

    private void hold(byte[] line, ByteArrayOutputStream more) {
        Event event = Asciicast.parse(line);
        if (event != null && event.code().equals(Asciicast.OUTPUT)) {
            more.writeBytes(event.text().getBytes(StandardCharsets.UTF_8));
        }
        if (event != null && event.code().equals(Asciicast.INPUT)) {
            leftOut += event.millis();
            return;
        }
        Line last = held.peekLast();
        Event before = last == null ? null : last.event;
        if (held.size() >= MANY && before != null && isResize(before) && isResize(event)) {
            held.removeLast();
            leftOut += before.millis();
        }
        long printedEnd = printedFrom + printed.length + more.size();
        if (event == null || leftOut == 0) {
            held.add(new Line(line, event, printedEnd));
        } else {
            Event later = new Event(event.millis() + leftOut, event.code(), event.text());
            leftOut = 0;
            held.add(new Line(later.line(), later, printedEnd));
        }
    }

    private static boolean isResize(@Nullable Event event) {
        return event != null && event.code().equals(Asciicast.RESIZE);
    }

    private void append(byte[] more) {
        int length = printed.length;
        printed = Arrays.copyOf(printed, length + more.length);
        System.arraycopy(more, 0, printed, length, more.length);
    }

    private byte[] show(boolean isEnd) {
        byte[] masked = masked(isEnd);
        long from = shown;
        long known = from + masked.length;
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        while (!held.isEmpty() && held.element().printedEnd <= known) {
            Line line = held.remove();
            byte[] text = NOTHING;
            if (line.prints()) {
                text = Arrays.copyOfRange(masked, (int) (shown - from), (int) (line.printedEnd - from));
                shown = line.printedEnd;
            }
            out.writeBytes(shown(line, text));
        }
        forget();
        return out.toByteArray();
    }

    private byte[] shown(Line line, byte[] masked) {
        Event event = line.event;
        if (event == null) {
            return line.bytes;
        }
        String text = line.prints() ? new String(masked, StandardCharsets.UTF_8) : event.text();
        return text.equals(event.text()) ? line.bytes : new Event(event.millis(), event.code(), text).line();
    }

    /** What of all that is printed, and not shown yet, is known to be shown. */
    private byte[] masked(boolean isEnd) {
        int count = (int) (printedFrom + printed.length - shown);
        return masker == null ? part(shown, count) : masker.read(this::part, shown, count, isEnd, turns);
    }

    private byte[] part(long offset, int limit) {
        int begin = (int) (offset - printedFrom);
        return Arrays.copyOfRange(printed, begin, Math.min(printed.length, begin + limit));
    }

    private void forget() {
        long needed = masker == null ? shown : masker.begin(shown);
        printed = Arrays.copyOfRange(printed, (int) (needed - printedFrom), printed.length);
        printedFrom = needed;
    }
}
