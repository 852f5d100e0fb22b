// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file;

import java.util.List;

/**
 * Where a caller may go in a guest: in each of some lists, to what is within one of its folders. None at all is no limit, and an empty list
 * allows nothing.
 */
public record PathLimits(List<List<GuestPath>> each) {
    public static final PathLimits NONE = new PathLimits(List.of());

    public PathLimits {
        each = each.stream().map(List::copyOf).toList();
    }

    public boolean isUnlimited() {
        return each.isEmpty();
    }

    /** Whether a path, which has no link in it, is within them. */
    public boolean allow(GuestPath real) {
        return each.stream().allMatch(folders -> folders.stream().anyMatch(real::isWithin));
    }

    /** Throws {@code POLICY_REFUSED} where it is not, as what leads out of them does. */
    public void require(GuestPath real) {
        if (!allow(real)) {
            throw FileFailures.outside();
        }
    }
}
