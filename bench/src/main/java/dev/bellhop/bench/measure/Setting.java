// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench.measure;

import java.nio.file.Path;
import java.util.List;

/**
 * Where the benchmarks run.
 *
 * @param root the checkout
 * @param scratch an empty folder of this run with a short path, for sockets
 * @param disk an empty folder of this run on a real disk, for what servers store
 * @param memory an empty folder of this run in memory
 * @param launcher the command line of the bellhop command
 * @param jvm the Java program and the flags that the launcher starts servers with
 * @param isShort whether to measure less, for a first look; warm-ups are shorter, so times are longer
 */
public record Setting(
        Path root, Path scratch, Path disk, Path memory, List<String> launcher, List<String> jvm, boolean isShort) {
    /** Returns the size of a measurement: the first normally, the second if the run is short. */
    public int size(int normal, int shorter) {
        return isShort ? shorter : normal;
    }

    /** Where guests keep the supervisor's files, on the same disk. */
    public Path spool() {
        return disk.resolve("spool");
    }
}
