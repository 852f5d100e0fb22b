// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.hypervisor.VirtualMachine;
import dev.bellhop.server.stream.GuestFile;
import dev.bellhop.server.stream.StreamException;
import dev.bellhop.server.stream.StreamLease;
import dev.bellhop.server.stream.StreamOpener;
import dev.bellhop.server.vm.VmId;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Files that are used in place. A script opens them, or an open stream does, which needs some round trips and no
 * process in the guest. A stream serves only callers without limits, because it acts before it knows where a path
 * leads. If it refuses a file, a script retries, which can report why. Thread safe.
 */
record FilesInPlace(GuestShellCalls shell, OpenFiles open, StreamOpener streams) {
    private static final Duration TIMEOUT = Duration.ofSeconds(25);
    private static final Duration STREAM_TIMEOUT = Duration.ofSeconds(5);

    /** An owner and a group. Larger numbers are rare, and the largest would mean no change. */
    private static final Pattern NUMBERS = Pattern.compile("[0-9]{1,9}:[0-9]{1,9}");

    GuestFiles.Opened open(VmId id, GuestPath path, FileOpening opening, PathLimits limits) {
        VirtualMachine vm = shell.vm(id);
        shell.awaitThaw(id);
        if (limits.isUnlimited() && mayStream(path) && opening.access() != FileOpening.Access.APPEND) {
            Optional<GuestFiles.Opened> streamed = open.keepingStreamed(
                    id,
                    opening.access().writes(),
                    ofVm -> ready(vm).flatMap(lease -> openStreamed(id, lease, path, opening, ofVm)));
            if (streamed.isPresent()) {
                return streamed.get();
            }
            if (open.countOpen(id)) {
                streams.openSoon(id);
            }
        }
        return openByScript(vm, path, opening, limits);
    }

    private GuestFiles.Opened openByScript(VirtualMachine vm, GuestPath path, FileOpening opening, PathLimits limits) {
        String cannot = opening.access().writes() ? "Cannot write this file" : "Cannot read this file";
        return open.keeping(
                vm,
                new OpenFiles.Way(opening.access().agentMode(), true, way(opening.access())),
                cannot,
                name -> shell.run(
                        vm,
                        FileScripts.inPlace(path, opening, limits),
                        cannot,
                        changes(opening),
                        Deadline.after(TIMEOUT),
                        reply -> {
                            FileStat stat = reply.stat(2);
                            GuestPath real = reply.path(3);
                            return new OpenFiles.Held<>(
                                    reply.number(1),
                                    stat.inode(),
                                    reply.text(4),
                                    by -> new GuestFiles.Opened(name, stat, real, null, by),
                                    null);
                        }));
    }

    private static StreamFiles.Use way(FileOpening.Access access) {
        return switch (access) {
            case READ -> StreamFiles.Use.READ;
            case WRITE -> StreamFiles.Use.WRITE_ANYWHERE;
            // A stream cannot open a file for appending.
            case APPEND -> StreamFiles.Use.NONE;
        };
    }

    /**
     * Changes attributes over the open stream.
     *
     * @return false if a script must make the change, or must report why it is impossible
     */
    boolean setAttributes(VmId id, FileChange.SetAttributes set, PathLimits limits) {
        // With an inode, it does not matter whether links lead to the file.
        boolean findsIt = set.follow() || set.inode() != null;
        Optional<StreamLease> lease =
                limits.isUnlimited() && mayStream(set.path()) && findsIt && mayStream(set.attributes())
                        ? ready(shell.vm(id))
                        : Optional.empty();
        if (lease.isEmpty()) {
            return false;
        }
        Deadline deadline = Deadline.after(STREAM_TIMEOUT);
        boolean changes = false;
        try (StreamLease open = lease.get();
                GuestFile file = open.stream()
                        .open(set.path().bytes(), options(set.attributes().size() != null), 0, deadline)) {
            GuestFile.Stat stat = GuestFile.get(file.stat(), deadline);
            if (!stat.isRegular() || isAnother(set.inode(), stat)) {
                return false;
            }
            changes = true;
            change(file, set.attributes(), Deadline.after(TIMEOUT));
            return true;
        } catch (StreamException e) {
            if (changes && e.kind() != StreamException.Kind.REFUSED) {
                throw unconfirmed(id, e);
            }
            return false;
        }
    }

    /**
     * Uses the order of the script: a change of owner clears the set-ID bits of the mode, and a change of size updates
     * the times.
     */
    private static void change(GuestFile file, FileAttributes attributes, Deadline deadline) throws StreamException {
        if (attributes.size() != null) {
            GuestFile.get(file.truncate(attributes.size()), deadline);
        }
        if (attributes.owner() != null) {
            String[] numbers = attributes.owner().split(":", -1);
            GuestFile.get(file.changeOwner(Long.parseLong(numbers[0]), Long.parseLong(numbers[1])), deadline);
        }
        if (attributes.mode() != null) {
            GuestFile.get(file.changeMode(attributes.mode()), deadline);
        }
        if (attributes.accessed() != null && attributes.modified() != null) {
            GuestFile.get(file.changeTimes(attributes.accessed(), attributes.modified()), deadline);
        }
    }

    /** Excludes paths that can name a device. Opening some devices has effects, so a script checks them first. */
    private static boolean mayStream(GuestPath path) {
        String text = new String(path.bytes(), StandardCharsets.ISO_8859_1);
        return !text.matches("(?s)/(dev|proc|sys)(/.*)?|.*/\\.{0,2}/.*");
    }

    private static boolean mayStream(FileAttributes attributes) {
        return (attributes.owner() == null
                        || NUMBERS.matcher(attributes.owner()).matches())
                && (attributes.accessed() == null) == (attributes.modified() == null);
    }

    private Optional<StreamLease> ready(VirtualMachine vm) {
        return shell.guests().of(vm.id()).readyStream(vm.agent(), Deadline.after(STREAM_TIMEOUT));
    }

    /** @param lease released by the handle if there is one, else by this method */
    private Optional<OpenFiles.Streamed> openStreamed(
            VmId vm, StreamLease lease, GuestPath name, FileOpening opening, VmTransfers transfers) {
        Deadline deadline = Deadline.after(STREAM_TIMEOUT);
        boolean isNew = opening.creation() == FileOpening.Creation.NEW;
        boolean changes = isNew;
        GuestFile file = null;
        boolean isKept = false;
        try {
            file = lease.stream().open(name.bytes(), options(opening), opening.mode(), deadline);
            CompletableFuture<byte[]> real = file.realPath();
            GuestFile.Stat stat = GuestFile.get(file.stat(), deadline);
            Optional<GuestPath> where =
                    GuestPath.of(GuestFile.get(real, deadline)).filter(path -> !path.hasDrive());
            if (where.isPresent() && isWanted(opening, stat, where.get())) {
                if (opening.truncate() && !isNew) {
                    changes = true;
                    stat = cut(file);
                }
                Optional<FileStat> told = FileStat.of(stat);
                if (told.isPresent()) {
                    var handle = new StreamFileHandle(lease, file, transfers, false, () -> shell.awaitThaw(vm));
                    isKept = true;
                    return Optional.of(new OpenFiles.Streamed(told.get(), where.get(), handle));
                }
            }
            if (isNew) {
                throw unconfirmed(vm, null);
            }
            return Optional.empty();
        } catch (StreamException e) {
            boolean isRefused = e.kind() == StreamException.Kind.REFUSED || e.kind() == StreamException.Kind.TOO_MANY;
            // A script would find the new file.
            if (changes && !(isRefused && (file == null || !isNew))) {
                throw unconfirmed(vm, e);
            }
            return Optional.empty();
        } finally {
            if (!isKept) {
                if (file != null) {
                    file.close();
                }
                lease.close();
            }
        }
    }

    /** Truncates the file, even an empty one, because that updates its times. */
    private static GuestFile.Stat cut(GuestFile file) throws StreamException {
        Deadline deadline = Deadline.after(TIMEOUT);
        CompletableFuture<@Nullable Void> done = file.truncate(0);
        CompletableFuture<GuestFile.Stat> after = file.stat();
        GuestFile.get(done, deadline);
        return GuestFile.get(after, deadline);
    }

    /** Returns the error for a change that may have taken effect, so a script must not repeat it. */
    private static BellhopException unconfirmed(VmId vm, @Nullable StreamException cause) {
        return new BellhopException(
                ErrorCode.START_UNCONFIRMED,
                "Cannot confirm the change in VM " + vm + " because the stream into the guest was lost",
                cause);
    }

    private static boolean changes(FileOpening opening) {
        return opening.truncate() || opening.creation() != FileOpening.Creation.NEVER;
    }

    private static boolean isAnother(@Nullable String inode, GuestFile.Stat stat) {
        return inode != null && !inode.equals(stat.identity());
    }

    /**
     * Checks that a stream opened the requested file. Returns false also for an existing file whose name ends with the
     * kernel's mark of deleted files; a script can distinguish them.
     */
    private static boolean isWanted(FileOpening opening, GuestFile.Stat stat, GuestPath where) {
        boolean isDeleted = new String(where.bytes(), StandardCharsets.ISO_8859_1).endsWith(" (deleted)");
        return stat.isRegular()
                && !isAnother(opening.inode(), stat)
                && (!isDeleted || opening.creation() == FileOpening.Creation.NEW);
    }

    private static Set<GuestFile.Option> options(boolean writes) {
        Set<GuestFile.Option> options = EnumSet.of(GuestFile.Option.READ, GuestFile.Option.ORDINARY);
        if (writes) {
            options.add(GuestFile.Option.WRITE);
        }
        return options;
    }

    private static Set<GuestFile.Option> options(FileOpening opening) {
        Set<GuestFile.Option> options = options(opening.access().writes());
        if (opening.creation() != FileOpening.Creation.NEVER) {
            options.add(GuestFile.Option.CREATE);
        }
        if (opening.creation() == FileOpening.Creation.NEW) {
            options.add(GuestFile.Option.EXCLUSIVE);
        }
        return options;
    }
}
