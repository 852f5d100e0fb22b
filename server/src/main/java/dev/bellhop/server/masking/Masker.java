// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.masking;

import dev.bellhop.server.limit.FairTurns;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Masks the output of one execution: each byte of a secret becomes a {@code *}, so offsets and lengths do not change. A
 * part is masked as it would be in the whole output, so readers see the same regardless of the pieces they read.
 * Immutable, thread safe.
 *
 * @param secrets texts to find anywhere; absent for none
 * @param patterns patterns to find in lines; absent for none
 */
public record Masker(
        @Nullable SecretMatcher secrets, @Nullable LinePatterns patterns) {
    private static final byte[] NOTHING = {};

    public interface Source {
        /** Returns up to {@code limit} bytes from an offset on; fewer only at the end. */
        byte[] read(long offset, int limit);
    }

    private enum Beyond {
        /** There is more, which is already stored. */
        MORE,
        NOTHING_YET,
        END
    }

    /**
     * Returns up to {@code limit} masked bytes from an offset on. Returns fewer at the end of the output, or if its
     * last bytes can be the beginning of a secret.
     *
     * @param ended whether the output is complete
     * @param turns of the reader
     */
    public byte[] read(Source output, long from, int limit, boolean ended, FairTurns.Share turns) {
        // No output is that long; this also prevents overflows below.
        if (from > Long.MAX_VALUE / 2) {
            return NOTHING;
        }
        long begin = begin(from);
        int wanted = (int) (end(from + limit) - begin);
        byte[] bytes = turns.take(wanted, () -> output.read(begin, wanted));
        Beyond beyond = ended ? Beyond.END : Beyond.NOTHING_YET;
        return window(bytes, begin, from, from + limit, bytes.length < wanted ? beyond : Beyond.MORE, turns);
    }

    /** Like {@link #read}, for the whole output. */
    public byte[] whole(byte[] output, boolean ended, FairTurns.Share turns) {
        return window(output, 0, 0, output.length, ended ? Beyond.END : Beyond.NOTHING_YET, turns);
    }

    /** Returns the offset from which output must be known to mask it from an offset on. */
    public long begin(long from) {
        long ofSecrets = secrets == null ? from : from - secrets.longest() + 1;
        long ofPatterns = patterns == null ? from : LinePatterns.begin(from);
        return Math.max(0, Math.min(ofSecrets, ofPatterns));
    }

    /**
     * Returns the offset up to which output must be known to mask it up to an offset; less is enough at the end of the
     * output.
     */
    private long end(long to) {
        long ofSecrets = secrets == null ? to : to + secrets.longest() - 1;
        long ofPatterns = patterns == null ? to : LinePatterns.end(to);
        return Math.max(ofSecrets, ofPatterns);
    }

    /**
     * Returns the masked bytes between two offsets; {@code offset} is the position of the first byte in {@code bytes}.
     */
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
                // The rest of the secret may have been cut off.
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
