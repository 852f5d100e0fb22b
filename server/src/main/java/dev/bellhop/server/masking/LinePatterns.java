// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.masking;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import dev.bellhop.server.limit.FairTurns;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * Masks the matches of patterns in each line of output. Tenants write the patterns, so their cost has bounds: a reader takes a turn for
 * each block of output, and a block has a budget. Finding one match takes linear time; finding all of them can take as long for each.
 * When the budget is used up, the rest of the block is masked.
 *
 * <p>All readers have to see the same, wherever they begin, and a line can have megabytes. So output is cut into blocks of a fixed
 * size. The mask of a block depends on the block and on {@link #REACH} bytes on either side of it. A line of up to {@link #REACH} bytes
 * is therefore matched as a whole, and a match of up to that length is found anywhere. Thread safe.
 */
final class LinePatterns {
    /**
     * The limit for all patterns of an owner together, in RE2 program steps: the cost per byte of output grows with it.
     */
    static final int MAX_STEPS = 1000;

    /** The longest match, in bytes, that is certain to be found. */
    static final int REACH = 1024;

    static final int BLOCK = 4096;

    /**
     * The limit for the work in a block: each character read counts as the steps of the pattern that reads it. One pass
     * reads each character about four times; patterns that find many matches need a few passes.
     */
    private static final long MAX_WORK = 16L * (BLOCK + 2 * REACH) * MAX_STEPS;

    private static final byte NO_TEXT = 0x7F;

    private final List<Pattern> patterns;

    LinePatterns(List<Pattern> patterns) {
        this.patterns = List.copyOf(patterns);
    }

    /** Returns the steps of all patterns together. */
    int steps() {
        return patterns.stream().mapToInt(Pattern::programSize).sum();
    }

    /** Returns the offset from which output must be known to mask it from an offset on. */
    static long begin(long from) {
        return Math.max(0, from / BLOCK * BLOCK - REACH);
    }

    /** Returns the offset up to which output must be known to mask it up to an offset. */
    static long end(long to) {
        return (to + BLOCK - 1) / BLOCK * BLOCK + REACH;
    }

    /**
     * Masks the matches between two offsets.
     *
     * @param bytes from {@link #begin} to {@link #end}, or to the end of the output
     * @param offset of the first byte
     * @param into the same bytes, to be masked
     * @param turns of the reader, one for each block
     */
    void mask(byte[] bytes, long offset, long from, long to, byte[] into, FairTurns.Share turns) {
        long end = Math.min(to, offset + bytes.length);
        for (long block = from / BLOCK * BLOCK; block < end; block += BLOCK) {
            int first = (int) (Math.max(0, block - REACH) - offset);
            int last = (int) Math.min(bytes.length, block + BLOCK + REACH - offset);
            int blockFrom = (int) (block - offset);
            turns.take(() -> {
                maskLines(bytes, first, last, blockFrom, Math.min(last, blockFrom + BLOCK), into);
                return into;
            });
        }
    }

    /** Matches the lines between {@code first} and {@code last}, and masks between {@code from} and {@code to}. */
    private void maskLines(byte[] bytes, int first, int last, int from, int to, byte[] into) {
        MatchBudget work = new MatchBudget(MAX_WORK);
        int begin = first;
        while (begin < to) {
            int end = begin;
            while (end < last && bytes[end] != '\n') {
                end++;
            }
            if (end > from) {
                int textEnd = end > begin && bytes[end - 1] == '\r' ? end - 1 : end;
                MatchedLine line = new MatchedLine(readable(Arrays.copyOfRange(bytes, begin, textEnd)), work);
                try {
                    maskLine(line, begin, from, to, into);
                } catch (MatchBudget.Exceeded e) {
                    Arrays.fill(into, Math.max(from, begin), to, Mask.SIGN);
                    return;
                }
            }
            begin = end + 1;
        }
    }

    private void maskLine(MatchedLine line, int begin, int from, int to, byte[] into) {
        for (Pattern pattern : patterns) {
            line.readBy(pattern);
            Matcher matcher = pattern.matcher(line);
            while (matcher.find()) {
                int maskFrom = Math.max(from, begin + line.offset(matcher.start()));
                int maskTo = Math.min(to, begin + line.offset(matcher.end()));
                if (maskFrom < maskTo) {
                    Arrays.fill(into, maskFrom, maskTo, Mask.SIGN);
                }
            }
        }
    }

    /** Replaces each byte that is not part of a character, so the line is valid UTF-8 and no byte is skipped. */
    private static byte[] readable(byte[] line) {
        ByteBuffer bytes = ByteBuffer.wrap(line);
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        CharBuffer ignored = CharBuffer.allocate(line.length);
        while (true) {
            CoderResult result = decoder.decode(bytes, ignored, true);
            if (!result.isMalformed()) {
                return line;
            }
            int end = bytes.position() + result.length();
            Arrays.fill(line, bytes.position(), end, NO_TEXT);
            bytes.position(end);
        }
    }

    /** Returns the number of bytes at the end where an incomplete match can begin. */
    static int unfinished(byte[] bytes) {
        int begin = bytes.length;
        while (begin > 0 && bytes.length - begin < REACH && bytes[begin - 1] != '\n') {
            begin--;
        }
        return bytes.length - begin;
    }

    @Override
    public String toString() {
        return "LinePatterns[" + patterns.size() + "]";
    }
}
