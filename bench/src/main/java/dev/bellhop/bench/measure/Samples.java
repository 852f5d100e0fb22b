// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench.measure;

import java.util.Arrays;
import java.util.List;

/** Durations in nanoseconds and their statistics. Used by one thread. */
public final class Samples {
    private long[] nanos = new long[1024];
    private int count;

    public void add(long duration) {
        if (count == nanos.length) {
            nanos = Arrays.copyOf(nanos, 2 * count);
        }
        nanos[count++] = duration;
    }

    public void addAll(Samples others) {
        for (int i = 0; i < others.count; i++) {
            add(others.nanos[i]);
        }
    }

    public int count() {
        return count;
    }

    /** The percentile at this fraction, in milliseconds. */
    public double millisAt(double fraction) {
        if (count == 0) {
            throw new IllegalStateException("nothing was measured");
        }
        long[] sorted = Arrays.copyOf(nanos, count);
        Arrays.sort(sorted);
        int rank = (int) Math.ceil(fraction * count);
        return sorted[Math.max(0, rank - 1)] / 1e6;
    }

    public static double median(List<Double> values) {
        double[] sorted =
                values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /** The distance between the smallest and the largest, as a fraction of the median: the noise of what should be equal. */
    public static double spread(List<Double> values) {
        double least = values.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
        double greatest = values.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
        return (greatest - least) / median(values);
    }
}
