// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.masking;

import dev.bellhop.server.limit.FairTurns;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Masks the output of one execution, byte for byte: each byte that is a part of a secret becomes a {@code *}, so that offsets
 * and lengths stay as they are. A part is masked as it would be in the whole, so readers see the same in whatever pieces they
 * read. Immutable, thread safe.
 *
 * @param secrets what to find wherever it stands; absent for nothing
 * @param patterns what to find in lines; absent for nothing
 */
public record Masker(
        @Nullable SecretMatcher secrets, @Nullable LinePatterns patterns) {
    private static final byte[] NOTHING = {};

    public interface Source {
        /** So many bytes from an offset on, or fewer where there are no more. */
        byte[] read(long offset, int limit);
    }

    private enum Beyond {
        /** More, which is stored already. */
        MORE,
        NOTHING_YET,
        END
    }

    /**
     * So many bytes from an offset on, masked; fewer where there are no more, or where what is there may be the beginning of
     * something that is to be masked.
     *
     * @param ended whether what there is is all there will be
     * @param turns of the reader
     */
    public byte[] read(Source output, long from, int limit, boolean ended, FairTurns.Share turns) {
        // Nothing stands so far out, and what is computed from it stays a number.
        if (from > Long.MAX_VALUE / 2) {
            return NOTHING;
        }
        long begin = begin(from);
        int wanted = (int) (end(from + limit) - begin);
        byte[] bytes = turns.take(wanted, () -> output.read(begin, wanted));
        Beyond beyond = ended ? Beyond.END : Beyond.NOTHING_YET;
        return window(bytes, begin, from, from + limit, bytes.length < wanted ? beyond : Beyond.MORE, turns);
    }

    /** As {@link #read}, of all that there is. */
    public byte[] whole(byte[] output, boolean ended, FairTurns.Share turns) {
        return window(output, 0, 0, output.length, ended ? Beyond.END : Beyond.NOTHING_YET, turns);
    }

    /** From where on output has to be known to mask it from an offset on. */
    public long begin(long from) {
        long ofSecrets = secrets == null ? from : from - secrets.longest() + 1;
        long ofPatterns = patterns == null ? from : LinePatterns.begin(from);
        return Math.max(0, Math.min(ofSecrets, ofPatterns));
    }

    /** Up to where it has to be known to mask it up to an offset; less is enough where there is no more. */
    private long end(long to) {
        long ofSecrets = secrets == null ? to : to + secrets.longest() - 1;
        long ofPatterns = patterns == null ? to : LinePatterns.end(to);
        return Math.max(ofSecrets, ofPatterns);
    }

    /** From one offset to another, of bytes that begin at an offset. */
    private byte[] window(byte[] bytes, long offset, long from, long to, Beyond beyond, FairTurns.Share turns) {
        byte[] masked = bytes.clone();
        int open = secrets == null ? 0 : turns.take(bytes.length, () -> secrets.mask(bytes, masked));
        if (patterns != null) {
            patterns.mask(bytes, offset, from, to, masked, turns);
        }
        int known = bytes.length;
        switch (beyond) {
            case MORE -> {}
            case NOTHING_YET -> known -= Math.max(open, patterns == null ? 0 : LinePatterns.unfinished(bytes));
            case END -> {
                // The rest of it may have been cut off.
                if (open >= SecretMatcher.MIN_LENGTH) {
                    Arrays.fill(masked, bytes.length - open, bytes.length, Mask.SIGN);
                }
            }
        }
        int first = (int) Math.min(from - offset, bytes.length);
        int last = (int) Math.min(to - offset, known);
        return Arrays.copyOfRange(masked, first, Math.max(first, last));
    }
}
