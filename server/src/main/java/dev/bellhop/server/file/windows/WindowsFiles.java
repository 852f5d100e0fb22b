// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file.windows;

import dev.bellhop.qga.AgentErrorException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ExecCommand;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.FieldFault;
import dev.bellhop.server.failure.FieldFault.Fault;
import dev.bellhop.server.file.AgentFiles;
import dev.bellhop.server.file.FileChange;
import dev.bellhop.server.file.FileCommit;
import dev.bellhop.server.file.FileReply;
import dev.bellhop.server.file.FileReply.UnreadableReplyException;
import dev.bellhop.server.file.FileStat;
import dev.bellhop.server.file.FileType;
import dev.bellhop.server.file.GuestFiles;
import dev.bellhop.server.file.GuestPath;
import dev.bellhop.server.file.PathLimits;
import dev.bellhop.server.guest.VmTurns;
import dev.bellhop.server.vm.Transport;
import dev.bellhop.server.vm.VmId;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Files of Windows guests: one run of PowerShell describes a file, and the agent's calls transfer its bytes.
 *
 * <p>Nothing in the guest can hold a file open for the agent, so the agent opens files by name. To read a file, the
 * agent opens it before PowerShell examines it. The agent shares only reading, so no other program can write to the
 * file, rename or delete it until it is closed. An upload has a temporary name in the same folder, and PowerShell
 * renames it once it is complete. Links in the folders of a path are followed, so a caller with limits has no access at
 * all. Thread safe.
 */
final class WindowsFiles {
    private static final Duration SCRIPT_TIMEOUT = Duration.ofSeconds(30);

    /** The guest reads the whole file for its digest. */
    private static final Duration WHOLE_FILE_TIMEOUT = Duration.ofMinutes(30);

    /** In bytes. No name is longer, and a longer cursor has no room in a command line. */
    private static final int MAX_CURSOR = 1024;

    private static final String CANNOT_READ = "Cannot read this file";
    private static final String CANNOT_WRITE = "Cannot write this file";
    private static final String CANNOT_LIST = "Cannot list this directory";
    private static final String CANNOT_CHANGE = "Cannot change this file";

    private final AgentFiles files;

    private final VmTurns commits = new VmTurns();

    WindowsFiles(AgentFiles files) {
        this.files = files;
    }

    GuestFiles.Found find(VmId vm, GuestPath path, boolean follow, PathLimits limits) {
        WindowsPath real = path(vm, path, limits, CANNOT_READ);
        return look(vm, WindowsScripts.find(real, follow), CANNOT_READ, SCRIPT_TIMEOUT, reply -> {
            FileStat stat = stat(reply, 1);
            // The target of a link is not read.
            return new GuestFiles.Found(stat, path, null);
        });
    }

    GuestFiles.Listing list(VmId vm, GuestPath folder, byte @Nullable [] after, int most, PathLimits limits) {
        WindowsPath real = path(vm, folder, limits, CANNOT_LIST);
        if (after != null && after.length > MAX_CURSOR) {
            throw new BellhopException(
                    "Cannot list this directory from there on",
                    List.of(new FieldFault("cursor", "A nextCursor of this list", Fault.MALFORMED)));
        }
        return look(vm, WindowsScripts.list(real, after, most), CANNOT_LIST, SCRIPT_TIMEOUT, reply -> {
            List<GuestFiles.Entry> entries = new ArrayList<>();
            for (int i = 1; i < reply.size(); i += 2) {
                byte[] name = FileReply.fileName(reply.text(i));
                if (new String(name, StandardCharsets.ISO_8859_1).indexOf('\\') >= 0) {
                    throw new UnreadableReplyException();
                }
                entries.add(new GuestFiles.Entry(name, stat(reply, i + 1), null));
            }
            boolean more = entries.size() > most;
            return new GuestFiles.Listing(more ? entries.subList(0, most) : entries, more);
        });
    }

    GuestFiles.Opened open(VmId vm, GuestPath path, boolean sum, PathLimits limits) {
        WindowsPath real = path(vm, path, limits, CANNOT_READ);
        return files.opening(vm, CANNOT_READ, opener -> {
            String name = opened(vm, real, opener);
            Duration timeout = sum ? WHOLE_FILE_TIMEOUT : SCRIPT_TIMEOUT;
            return look(
                    vm,
                    WindowsScripts.open(real, sum),
                    CANNOT_READ,
                    timeout,
                    reply -> new GuestFiles.Opened(
                            name, file(reply, 1), path, sum ? digest(reply, 2) : null, Transport.AGENT));
        });
    }

    private String opened(VmId vm, WindowsPath path, AgentFiles.Opener opener) throws AgentErrorException {
        try {
            return opener.open(path.text(), null);
        } catch (AgentErrorException e) {
            // The agent's error is in the guest's language. The script reports the reason in a known form.
            look(vm, WindowsScripts.open(path, false), CANNOT_READ, SCRIPT_TIMEOUT, FileReply::size);
            throw new BellhopException(
                    ErrorCode.GUEST_REFUSED,
                    CANNOT_READ
                            + " because the guest's agent cannot open it; a program in the guest may have it open to write to it",
                    e);
        }
    }

    GuestFiles.Upload begin(VmId vm, GuestPath path, String upload, boolean anew, PathLimits limits) {
        WindowsPath real = path(vm, path, limits, CANNOT_WRITE);
        String temporary = AgentFiles.temporary(path, upload);
        WindowsPath part = real.beside(temporary);
        return files.opening(vm, CANNOT_WRITE, opener -> {
            Begun begun = files.run(
                    vm,
                    WindowsScripts.begin(real, part, anew),
                    CANNOT_WRITE,
                    true,
                    Deadline.after(SCRIPT_TIMEOUT),
                    reply -> {
                        String there = reply.text(2);
                        return new Begun(reply.number(1), there, there.isEmpty() ? null : WindowsStat.parse(there));
                    });
            String name = opener.open(part.text(), new AgentFiles.Begun(path, temporary, begun.expected()));
            return new GuestFiles.Upload(name, begun.size(), path, begun.target());
        });
    }

    /**
     * PowerShell's description of an upload.
     *
     * @param size number of bytes that are already there
     * @param expected PowerShell's description of the file under the final name
     */
    private record Begun(
            long size, String expected, @Nullable FileStat target) {}

    GuestFiles.Written commit(VmId vm, AgentFiles.Begun begun, FileCommit commit) {
        if (commit.owner() != null) {
            throw notSupported(
                    CANNOT_WRITE, "an owner by name or number means nothing in a Windows guest; leave it out");
        }
        WindowsPath path = WindowsPath.of(begun.path());
        ExecCommand script = WindowsScripts.commit(path, path.beside(begun.temporary()), begun.expected(), commit);
        Deadline deadline = Deadline.after(WHOLE_FILE_TIMEOUT);
        return commits.during(
                vm,
                CANNOT_WRITE,
                deadline,
                () -> files.run(vm, script, CANNOT_WRITE, true, deadline, reply -> {
                    FileStat stat = file(reply, 1);
                    String sha256 = digest(reply, 2);
                    boolean isOther = commit.sha256() != null && !sha256.equals(commit.sha256());
                    if (isOther || stat.size() != commit.size()) {
                        throw new UnreadableReplyException();
                    }
                    return new GuestFiles.Written(stat, begun.path(), sha256, Transport.AGENT);
                }));
    }

    boolean abandon(VmId vm, GuestPath path, String upload, PathLimits limits) {
        try {
            ofUpload(vm, path, upload, true, limits);
            return true;
        } catch (BellhopException e) {
            if (e.code() == ErrorCode.FILE_NOT_FOUND) {
                return false;
            }
            throw e;
        }
    }

    long offset(VmId vm, GuestPath path, String upload, PathLimits limits) {
        return ofUpload(vm, path, upload, false, limits);
    }

    private long ofUpload(VmId vm, GuestPath path, String upload, boolean remove, PathLimits limits) {
        WindowsPath part = path(vm, path, limits, CANNOT_WRITE).beside(AgentFiles.temporary(path, upload));
        return look(vm, WindowsScripts.abandon(part, remove), CANNOT_WRITE, SCRIPT_TIMEOUT, reply -> reply.number(1));
    }

    /** @param expected the state that the file must be in; absent for any */
    void change(VmId vm, FileChange change, @Nullable FileStat expected, PathLimits limits) {
        String told = expected == null ? "" : WindowsStat.told(expected);
        String withDrive = change.path().hasDrive() ? "path" : "to";
        WindowsPath path = path(vm, change.path(), withDrive, limits, CANNOT_CHANGE);
        ExecCommand script = switch (change) {
            case FileChange.MakeFolder _ -> WindowsScripts.makeFolder(path);
            case FileChange.Delete(GuestPath _, boolean recursive) -> WindowsScripts.delete(path, recursive, told);
            case FileChange.Rename(GuestPath _, GuestPath to, boolean overwrite) ->
                rename(path, WindowsPath.of(to, "to"), overwrite, told);
            default ->
                throw notSupported(
                        CANNOT_CHANGE,
                        "modes, owners and links of a Windows guest are not changed this way; run PowerShell there");
        };
        Deadline deadline = Deadline.after(SCRIPT_TIMEOUT);
        if (expected == null) {
            change(vm, script, deadline);
        } else {
            commits.during(vm, CANNOT_CHANGE, deadline, () -> change(vm, script, deadline));
        }
    }

    private int change(VmId vm, ExecCommand script, Deadline deadline) {
        return files.run(vm, script, CANNOT_CHANGE, true, deadline, FileReply::size);
    }

    private static ExecCommand rename(WindowsPath path, WindowsPath to, boolean overwrite, String expected) {
        if (!path.isOnDriveOf(to)) {
            throw new BellhopException(
                    ErrorCode.GUEST_REFUSED,
                    CANNOT_CHANGE + " because it would have to move to another drive; copy it there");
        }
        return WindowsScripts.rename(path, to, overwrite, expected);
    }

    /** Forgets the VM, because another process now has it. */
    void letGo(VmId vm) {
        commits.letGo(vm);
    }

    /** Returns the error for calls that Windows guests do not support. */
    BellhopException refusal(VmId vm, GuestPath path, PathLimits limits, String cannot) {
        path(vm, path, limits, cannot);
        return notSupported(cannot, "in a Windows guest files go one by one, and no trees");
    }

    private static BellhopException notSupported(String cannot, String why) {
        return new BellhopException(ErrorCode.NOT_SUPPORTED, cannot + " because " + why);
    }

    /** Returns the path. Throws if the guest does not run Windows, or if the caller has limits. */
    private WindowsPath path(VmId vm, GuestPath path, PathLimits limits, String cannot) {
        return path(vm, path, "path", limits, cannot);
    }

    /** @param withDrive the caller's name for the field whose path begins with a drive */
    private WindowsPath path(VmId vm, GuestPath path, String withDrive, PathLimits limits, String cannot) {
        if (!files.isWindows(vm, cannot)) {
            throw new BellhopException(
                    cannot
                            + " because the guest does not say that it is a Windows, and elsewhere no path begins with a drive",
                    List.of(new FieldFault(withDrive, "A path that begins with a slash", Fault.MALFORMED)));
        }
        WindowsPath real = WindowsPath.of(path);
        if (!limits.isUnlimited()) {
            throw new BellhopException(
                    ErrorCode.POLICY_REFUSED,
                    cannot
                            + " because 'files' in a policy limits this key to some directories, and in a Windows guest nobody could"
                            + " check that; it takes a key without such limits");
        }
        return real;
    }

    private <T> T look(VmId vm, ExecCommand script, String cannot, Duration timeout, AgentFiles.Reading<T> reading) {
        return files.run(vm, script, cannot, false, Deadline.after(timeout), reading);
    }

    private static FileStat stat(FileReply reply, int index) throws UnreadableReplyException {
        return WindowsStat.parse(reply.text(index));
    }

    private static FileStat file(FileReply reply, int index) throws UnreadableReplyException {
        FileStat stat = stat(reply, index);
        if (stat.type() != FileType.FILE) {
            throw new UnreadableReplyException();
        }
        return stat;
    }

    private static String digest(FileReply reply, int index) throws UnreadableReplyException {
        String text = reply.text(index);
        if (!text.matches("[0-9a-f]{64}")) {
            throw new UnreadableReplyException();
        }
        return text;
    }
}
