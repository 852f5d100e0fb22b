// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.vm;

import java.util.Optional;

/** The positive integer that identifies a VM permanently and everywhere. */
public record VmId(long value) implements Comparable<VmId> {
    public VmId {
        if (value < 1) {
            throw new IllegalArgumentException("a vmid is at least 1, not " + value);
        }
    }

    /** Reads decimal digits: no sign, no leading zero, at most the largest signed 64-bit integer. */
    public static Optional<VmId> parse(String text) {
        return Decimal.positive(text).map(VmId::new);
    }

    @Override
    public int compareTo(VmId other) {
        return Long.compare(value, other.value);
    }

    @Override
    public String toString() {
        return Long.toString(value);
    }
}
