// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench.measure;

import dev.bellhop.bench.measure.Measurement.Target;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Times several ways of doing the same thing in turns, a block of each at a time, so that changes of the machine hit them
 * alike. The first way is the floor; it has the last turn too, so that it stands before and after each of the others.
 */
public final class Interleaved {
    private Interleaved() {}

    /** One run of what is timed. */
    public interface Step {
        void run() throws Exception;
    }

    /** The times of one way: all runs, and the median of each block in milliseconds. */
    public record Timing(Samples all, List<Double> blockMedians) {
        public double millisAt(double fraction) {
            return all.millisAt(fraction);
        }

        double spread() {
            return Samples.spread(blockMedians);
        }

        /** A row of the report: this beside a floor, at a percentile. */
        public Measurement against(Timing floor, double fraction, String letter, String what, @Nullable Target target) {
            return Measurement.against(
                    floor.millisAt(fraction),
                    millisAt(fraction),
                    letter,
                    what + ", p" + Math.round(100 * fraction),
                    "ms",
                    target,
                    floor.spread());
        }
    }

    private static final int WARM_UP_TURN = 100;

    /** Lets the JVM compile everything first. In turns, since an idle connection is closed. */
    public static void warmUp(int runs, List<Step> ways) throws Exception {
        for (int done = 0; done < runs; done += WARM_UP_TURN) {
            for (Step way : ways) {
                for (int i = 0; i < WARM_UP_TURN; i++) {
                    way.run();
                }
            }
        }
    }

    /** The timings, in the order of the ways. */
    public static List<Timing> run(int blocks, int runsPerBlock, List<Step> ways) throws Exception {
        List<Timing> timings = ways.stream()
                .map(way -> new Timing(new Samples(), new ArrayList<>()))
                .toList();
        for (int block = 0; block < blocks; block++) {
            for (int way = 0; way < ways.size(); way++) {
                time(ways.get(way), runsPerBlock, timings.get(way));
            }
        }
        time(ways.getFirst(), runsPerBlock, timings.getFirst());
        return timings;
    }

    private static void time(Step way, int runs, Timing timing) throws Exception {
        Samples block = new Samples();
        for (int i = 0; i < runs; i++) {
            long begin = System.nanoTime();
            way.run();
            block.add(System.nanoTime() - begin);
        }
        timing.all().addAll(block);
        timing.blockMedians().add(block.millisAt(0.5));
    }
}
