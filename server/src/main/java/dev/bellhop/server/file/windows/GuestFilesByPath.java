// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file.windows;

import dev.bellhop.server.file.AgentFiles;
import dev.bellhop.server.file.FileChange;
import dev.bellhop.server.file.FileCommit;
import dev.bellhop.server.file.FileOpening;
import dev.bellhop.server.file.FileSpace;
import dev.bellhop.server.file.FileStat;
import dev.bellhop.server.file.GuestFiles;
import dev.bellhop.server.file.GuestPath;
import dev.bellhop.server.file.LocalGuestFiles;
import dev.bellhop.server.file.PathLimits;
import dev.bellhop.server.vm.Transport;
import dev.bellhop.server.vm.VmId;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Files of this process's own VMs, with Windows and without. A path that begins with a drive belongs to a Windows
 * guest. Only for such a path does the server query whether the guest runs Windows, so other calls need no extra query.
 */
public final class GuestFilesByPath implements GuestFiles {
    private static final String CANNOT_OPEN = "Cannot open this file";

    private final LocalGuestFiles posix;
    private final AgentFiles byAgent;
    private final WindowsFiles windows;

    /**
     * Adds Windows guests to the files of guests with a POSIX shell.
     *
     * @param posix also holds the open files of Windows guests
     */
    public GuestFilesByPath(LocalGuestFiles posix) {
        this.posix = posix;
        this.byAgent = posix.byAgent();
        this.windows = new WindowsFiles(byAgent);
    }

    @Override
    public Found find(VmId vm, GuestPath path, boolean follow, PathLimits limits) {
        return path.hasDrive() ? windows.find(vm, path, follow, limits) : posix.find(vm, path, follow, limits);
    }

    @Override
    public Listing list(VmId vm, GuestPath folder, byte @Nullable [] after, int most, PathLimits limits) {
        return folder.hasDrive()
                ? windows.list(vm, folder, after, most, limits)
                : posix.list(vm, folder, after, most, limits);
    }

    @Override
    public Opened open(VmId vm, GuestPath path, boolean sum, PathLimits limits) {
        return path.hasDrive() ? windows.open(vm, path, sum, limits) : posix.open(vm, path, sum, limits);
    }

    @Override
    public byte[] read(VmId vm, String id, long offset, int most) {
        return posix.read(vm, id, offset, most);
    }

    @Override
    public Opened openInPlace(VmId vm, GuestPath path, FileOpening opening, PathLimits limits) {
        if (path.hasDrive()) {
            throw windows.refusal(vm, path, limits, CANNOT_OPEN);
        }
        return posix.openInPlace(vm, path, opening, limits);
    }

    @Override
    public Optional<Transport> hasten(VmId vm, String id) {
        return posix.hasten(vm, id);
    }

    @Override
    public FileSpace space(VmId vm, GuestPath path, PathLimits limits) {
        if (path.hasDrive()) {
            throw windows.refusal(vm, path, limits, "Cannot tell how much room there is");
        }
        return posix.space(vm, path, limits);
    }

    @Override
    public void close(VmId vm, String id) {
        posix.close(vm, id);
    }

    @Override
    public Upload begin(VmId vm, GuestPath path, String upload, boolean anew, PathLimits limits) {
        return path.hasDrive()
                ? windows.begin(vm, path, upload, anew, limits)
                : posix.begin(vm, path, upload, anew, limits);
    }

    @Override
    public int write(VmId vm, String id, long offset, byte[] piece) {
        return posix.write(vm, id, offset, piece);
    }

    @Override
    public void flush(VmId vm, String id) {
        posix.flush(vm, id);
    }

    @Override
    public Written commit(VmId vm, String id, FileCommit commit) {
        Optional<AgentFiles.Begun> begun = byAgent.begun(vm, id);
        if (begun.isEmpty()) {
            return posix.commit(vm, id, commit);
        }
        flush(vm, id);
        close(vm, id);
        return windows.commit(vm, begun.get(), commit);
    }

    @Override
    public boolean abandon(VmId vm, GuestPath path, String upload, PathLimits limits) {
        return path.hasDrive() ? windows.abandon(vm, path, upload, limits) : posix.abandon(vm, path, upload, limits);
    }

    @Override
    public long offset(VmId vm, GuestPath path, String upload, PathLimits limits) {
        return path.hasDrive() ? windows.offset(vm, path, upload, limits) : posix.offset(vm, path, upload, limits);
    }

    @Override
    public Tree pack(VmId vm, GuestPath folder, PathLimits limits) {
        if (folder.hasDrive()) {
            throw windows.refusal(vm, folder, limits, "Cannot read all of this directory");
        }
        return posix.pack(vm, folder, limits);
    }

    @Override
    public Tree unpack(VmId vm, GuestPath folder, PathLimits limits) {
        if (folder.hasDrive()) {
            throw windows.refusal(vm, folder, limits, "Cannot unpack into this directory");
        }
        return posix.unpack(vm, folder, limits);
    }

    @Override
    public void finish(VmId vm, String id) {
        posix.finish(vm, id);
    }

    @Override
    public void change(VmId vm, FileChange change, PathLimits limits) {
        if (isOnDrive(change)) {
            windows.change(vm, change, null, limits);
        } else {
            posix.change(vm, change, limits);
        }
    }

    @Override
    public void changeIfUnchanged(VmId vm, FileChange.Conditional change, FileStat expected, PathLimits limits) {
        if (isOnDrive(change)) {
            windows.change(vm, change, expected, limits);
        } else {
            posix.changeIfUnchanged(vm, change, expected, limits);
        }
    }

    private static boolean isOnDrive(FileChange change) {
        boolean leadsToDrive =
                change instanceof FileChange.Rename rename && rename.to().hasDrive();
        return change.path().hasDrive() || leadsToDrive;
    }

    /** Same as {@link LocalGuestFiles#letGo}. */
    public void letGo(VmId vm) {
        posix.letGo(vm);
        windows.letGo(vm);
    }

    /** Same as {@link LocalGuestFiles#closeIdle}. */
    public void closeIdle() {
        posix.closeIdle();
    }
}
