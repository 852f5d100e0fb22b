// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.api;

import dev.bellhop.qga.GuestList;
import dev.bellhop.qga.TrimmedFileSystem;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.NotInCluster;
import dev.bellhop.server.guest.maintenance.FileSystemMaintenance;
import dev.bellhop.server.guest.maintenance.FreezeRequest;
import dev.bellhop.server.guest.maintenance.FreezeStatus;
import dev.bellhop.server.guest.maintenance.FrozenFileSystems;
import dev.bellhop.server.vm.VmId;

/** Nodes cannot be told to freeze yet. */
public final class ClusterFileSystems implements FileSystemMaintenance {
    @Override
    public FreezeStatus freezeStatus(VmId vm) {
        throw notYet();
    }

    @Override
    public FrozenFileSystems freeze(VmId vm, FreezeRequest request) {
        throw notYet();
    }

    @Override
    public int thaw(VmId vm) {
        throw notYet();
    }

    @Override
    public GuestList<TrimmedFileSystem> trim(VmId vm, long minimumBytes) {
        throw notYet();
    }

    private static BellhopException notYet() {
        return NotInCluster.failure("freeze, thaw or trim file systems");
    }
}
