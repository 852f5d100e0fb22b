// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench.measure;

import org.jspecify.annotations.Nullable;

/**
 * One row of the report.
 *
 * @param benchmark its letter
 * @param what what was measured
 * @param unit of the floor and the value
 * @param floor the same work done with as little as possible, in the same run; absent if there is none
 * @param target what the ratio should be, or the value if there is no floor; absent if it is for information only
 * @param floorSpread how much the floor varied between its own repetitions, as a fraction: the noise of the machine
 */
public record Measurement(
        String benchmark,
        String what,
        String unit,
        @Nullable Double floor,
        double value,
        @Nullable Target target,
        @Nullable Double floorSpread) {

    /** A limit to stay below, or a value to reach. */
    public record Target(boolean atMost, double limit) {
        public static Target atMost(double limit) {
            return new Target(true, limit);
        }

        public static Target atLeast(double limit) {
            return new Target(false, limit);
        }

        boolean isMetBy(double result) {
            return atMost ? result <= limit : result >= limit;
        }
    }

    public static Measurement against(
            double floor,
            double value,
            String benchmark,
            String what,
            String unit,
            @Nullable Target target,
            double spread) {
        return new Measurement(benchmark, what, unit, floor, value, target, spread);
    }

    public static Measurement alone(double value, String benchmark, String what, String unit, @Nullable Target target) {
        return new Measurement(benchmark, what, unit, null, value, target, null);
    }

    @Nullable
    public Double ratio() {
        return floor == null ? null : (Double) (value / floor);
    }

    /** Whether the target was met; absent where there is none. */
    @Nullable
    public Boolean met() {
        Double ratio = ratio();
        return target == null ? null : (Boolean) target.isMetBy(ratio == null ? value : ratio);
    }
}
