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
 * The lines of a recording as readers see them. Output is masked as one text, even if it is split into many events.
 * Input is left out, because it can contain passwords that no mask knows. Everything else, including the times, is
 * unchanged. A few lines are held back until it is known whether they must be masked. For one thread.
 */
public final class MaskedLines {
    private static final byte[] NOTHING = {};

    /** With more held lines than this, only the last of consecutive resize events is kept. */
    private static final int MANY = 1000;

    private final @Nullable Masker masker;
    private final FairTurns.Share turns;

    /** Lines that are not shown yet, in order. */
    private final Deque<Line> held = new ArrayDeque<>();

    /** The output from the offset that the masker needs next. */
    private byte[] printed = NOTHING;

    private long printedFrom;

    /** How many bytes of the output are shown. */
    private long shown;

    /** The intervals of events left out since the last event that was kept. */
    private long leftOut;

    /**
     * Begins with no lines.
     *
     * @param masker absent for no masking: then only input is left out
     * @param turns the reader's turns at the processor
     */
    public MaskedLines(@Nullable Masker masker, FairTurns.Share turns) {
        this.masker = masker;
        this.turns = turns;
    }

    /**
     * One line.
     *
     * @param event absent for the header
     * @param printedEnd offset in the whole output at the end of this line's text
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

    /** Adds whole lines; returns the lines that can be shown now. */
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

    /** Returns the remaining lines. Nothing can be added after this. */
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

    /** Returns the masked part of the output that is not shown yet and can be shown now. */
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
