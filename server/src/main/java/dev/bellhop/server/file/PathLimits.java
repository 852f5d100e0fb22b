// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file;

import java.util.List;

/**
 * Where a caller may go in a guest: in each of some lists, to what is within one of its folders. None at all is no limit, and an empty list
 * allows nothing.
 */
public record PathLimits(List<List<GuestPath>> each) {
    public static final PathLimits NONE = new PathLimits(List.of());

    /** By which a program runs as its owner or group. */
    private static final int SET_ID_BITS = 06000;

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
            throw FileFailures.outside("Cannot do this");
        }
    }

    /**
     * Throws {@code POLICY_REFUSED} where a link does not lead into them by its text alone, as {@code leads} in common.sh has it. The
     * directory that it is in is within them: so a relative one without {@code ..} leads into them.
     *
     * @param cannot such as {@code Cannot unpack this link}
     * @param target as it is to be written there
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
     * Throws {@code POLICY_REFUSED} where there are any and a file is to have a bit by which it runs as its owner or group: whoever runs it in the
     * guest would get out of them.
     */
    public void requireMode(String cannot, int mode) {
        if (!isUnlimited() && (mode & SET_ID_BITS) != 0) {
            throw FileFailures.setId(cannot);
        }
    }
}
