// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.vm;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** A set of vmids, written as {@code 10000-10999,20001}, {@code all} or {@code none}. */
public record VmRanges(List<Range> ranges) {
    public static final int MAX_LENGTH = 1000;

    private static final String ALL = "all";
    private static final String NO = "none";
    private static final VmRanges NONE = new VmRanges(List.of());
    private static final VmRanges EVERY = new VmRanges(List.of(new Range(1, Long.MAX_VALUE)));

    /** The vmids from the first to the last, both included. */
    public record Range(long first, long last) {
        private String text() {
            return first == last ? Long.toString(first) : first + "-" + last;
        }
    }

    public VmRanges {
        ranges = List.copyOf(ranges);
    }

    /** Parses ranges; empty if the text is not a list of vmids and ranges. */
    public static Optional<VmRanges> parse(String text) {
        if (text.equals(ALL)) {
            return Optional.of(EVERY);
        }
        if (text.equals(NO)) {
            return Optional.of(NONE);
        }
        if (text.length() > MAX_LENGTH) {
            return Optional.empty();
        }
        List<Range> ranges = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            String[] ends = part.strip().split("-", 2);
            Optional<VmId> first = VmId.parse(ends[0]);
            Optional<VmId> last = VmId.parse(ends[ends.length - 1]);
            if (first.isEmpty() || last.isEmpty() || first.get().compareTo(last.get()) > 0) {
                return Optional.empty();
            }
            ranges.add(new Range(first.get().value(), last.get().value()));
        }
        return Optional.of(new VmRanges(ranges));
    }

    public boolean contains(VmId vm) {
        return ranges.stream().anyMatch(range -> range.first <= vm.value() && vm.value() <= range.last);
    }

    public boolean isNone() {
        return ranges.isEmpty();
    }

    public boolean isAll() {
        return equals(EVERY);
    }

    @Override
    public String toString() {
        if (isNone()) {
            return NO;
        }
        return isAll() ? ALL : ranges.stream().map(Range::text).collect(Collectors.joining(","));
    }
}
