// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.guest.maintenance;

import dev.bellhop.qga.GuestList;
import dev.bellhop.qga.TrimmedFileSystem;
import dev.bellhop.server.vm.VmId;

/**
 * Freezes, thaws and trims the file systems of guests. A freeze is a lease: it ends by itself, whoever has died meanwhile. It
 * knows no callers: ask first whether the caller sees the VM.
 *
 * <p>All methods throw {@code NOT_FOUND} where there is no such VM, {@code NOT_SUPPORTED} where its agent lacks the call or does
 * not allow it, and {@code AGENT_UNAVAILABLE} where it does not do it otherwise. Thread safe.
 */
public interface FileSystemMaintenance {
    /** Whether file systems are frozen, by whomever. Takes seconds at most. */
    FreezeStatus freezeStatus(VmId vm);

    /**
     * Freezes, once it is certain that something in the guest thaws them when the lease is over. Takes up to a minute where
     * the guest's hooks do.
     *
     * @throws dev.bellhop.server.failure.BellhopException {@code ALREADY_FROZEN}, or {@code NOT_SUPPORTED} where the guest lacks
     *     what it takes: nothing is frozen then
     */
    FrozenFileSystems freeze(VmId vm, FreezeRequest request);

    /** Thaws all, whoever has frozen them, and returns how many; 0 where none was frozen. */
    int thaw(VmId vm);

    /**
     * Has all file systems tell their disks what is not in use; returns once that is done, which may take minutes.
     *
     * @param minimumBytes free ranges that are shorter are left alone
     */
    GuestList<TrimmedFileSystem> trim(VmId vm, long minimumBytes);
}
