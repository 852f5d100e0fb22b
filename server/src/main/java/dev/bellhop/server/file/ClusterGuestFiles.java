// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.NotInCluster;
import dev.bellhop.server.vm.VmId;
import org.jspecify.annotations.Nullable;

/** Those of a cluster, whose nodes do not know of this yet. */
public final class ClusterGuestFiles implements GuestFiles {
    private static BellhopException notHere() {
        return NotInCluster.failure("read or change files of a guest");
    }

    @Override
    public Found find(VmId vm, GuestPath path, boolean follow, PathLimits limits) {
        throw notHere();
    }

    @Override
    public Listing list(VmId vm, GuestPath folder, byte @Nullable [] after, int most, PathLimits limits) {
        throw notHere();
    }

    @Override
    public Opened open(VmId vm, GuestPath path, boolean sum, PathLimits limits) {
        throw notHere();
    }

    @Override
    public byte[] read(VmId vm, String id, long offset, int most) {
        throw notHere();
    }

    @Override
    public void close(VmId vm, String id) {}

    @Override
    public Upload begin(VmId vm, GuestPath path, String upload, boolean anew, PathLimits limits) {
        throw notHere();
    }

    @Override
    public int write(VmId vm, String id, long offset, byte[] piece) {
        throw notHere();
    }

    @Override
    public void flush(VmId vm, String id) {
        throw notHere();
    }

    @Override
    public Written commit(VmId vm, String id, FileCommit commit) {
        throw notHere();
    }

    @Override
    public boolean abandon(VmId vm, GuestPath path, String upload, PathLimits limits) {
        throw notHere();
    }

    @Override
    public long offset(VmId vm, GuestPath path, String upload, PathLimits limits) {
        throw notHere();
    }

    @Override
    public Tree pack(VmId vm, GuestPath folder, PathLimits limits) {
        throw notHere();
    }

    @Override
    public Tree unpack(VmId vm, GuestPath folder, PathLimits limits) {
        throw notHere();
    }

    @Override
    public void finish(VmId vm, String id) {
        throw notHere();
    }

    @Override
    public void change(VmId vm, FileChange change, PathLimits limits) {
        throw notHere();
    }
}
