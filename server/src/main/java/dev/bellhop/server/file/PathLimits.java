// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file;

import java.util.List;

/**
 * The folders of a guest that a caller can access. A path must be within a folder of each list. No list means no limit,
 * and an empty list allows nothing.
 */
public record PathLimits(List<List<GuestPath>> each) {
    public static final PathLimits NONE = new PathLimits(List.of());

    /** The set-user-ID and set-group-ID bits. */
    private static final int SET_ID_BITS = 06000;

    public PathLimits {
        each = each.stream().map(List::copyOf).toList();
    }

    public boolean isUnlimited() {
        return each.isEmpty();
    }

    /** Checks that a path without links is within the limits. */
    public boolean allow(GuestPath real) {
        return each.stream().allMatch(folders -> folders.stream().anyMatch(real::isWithin));
    }

    /** Throws {@code POLICY_REFUSED} if a path is outside the limits. */
    public void require(GuestPath real) {
        if (!allow(real)) {
            throw FileFailures.outside("Cannot do this");
        }
    }

    /**
     * Throws {@code POLICY_REFUSED} if the text of a link does not lead to a path within the limits, like {@code leads}
     * in common.sh. The link's own directory is within them, so a relative link without {@code ..} is always allowed.
     *
     * @param cannot such as {@code Cannot unpack this link}
     * @param target the exact text of the link
     */
    public void requireLink(String cannot, byte[] target) {
        if (isUnlimited()) {
            return;
        }
        boolean isAbsolute = target.length > 0 && target[0] == '/';
        byte[] path = new byte[target.length + 1];
        path[0] = '/';
        System.arraycopy(target, 0, path, 1, target.length);
        boolean leadsIn = GuestPath.of(isAbsolute ? target : path)
                .filter(leads -> !leads.goesUp() && (!isAbsolute || allow(leads)))
                .isPresent();
        if (!leadsIn) {
            throw FileFailures.outside(cannot);
        }
    }

    /**
     * Throws {@code POLICY_REFUSED} if there are limits and a mode has the set-user-ID or set-group-ID bit: anyone who
     * runs such a file in the guest would escape the limits.
     */
    public void requireMode(String cannot, int mode) {
        if (!isUnlimited() && (mode & SET_ID_BITS) != 0) {
            throw FileFailures.setId(cannot);
        }
    }
}
