// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga;

import java.util.List;

/**
 * A list from a guest, up to a limit.
 *
 * @param items in the guest's order
 * @param cut whether the guest listed more
 */
public record GuestList<T>(List<T> items, boolean cut) {

    /** Keeps a copy of the list. */
    public GuestList {
        items = List.copyOf(items);
    }
}
