// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file;

import dev.bellhop.qga.AgentErrorException;
import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ExecCommand;
import dev.bellhop.server.hypervisor.VirtualMachine;
import dev.bellhop.server.vm.Transport;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Files that an agent opens by name, for Windows guests, where no script can hold a file open for the agent. They are
 * read, written and closed like all other open files. Thread safe.
 */
public final class AgentFiles {
    private static final Duration OPEN_TIMEOUT = Duration.ofSeconds(25);
    private static final Duration ASK_TIMEOUT = Duration.ofSeconds(30);

    /**
     * On Windows, the agent continues its handle numbers after a restart of the guest: it stores them in ProgramData.
     */
    private static final String ANY_BOOT = "";

    private final GuestShellCalls shell;
    private final OpenFiles open;

    AgentFiles(GuestShellCalls shell, OpenFiles open) {
        this.shell = shell;
        this.open = open;
    }

    /**
     * An upload that waits for its commit.
     *
     * @param path the final path
     * @param temporary the name until the commit, in the same folder
     * @param expected the guest's description of the file under the final name; empty if there was none
     */
    public record Begun(GuestPath path, String temporary, String expected) {}

    /** Reads a reply, whose fields can all be missing. */
    public interface Reading<T> {
        T read(FileReply reply) throws FileReply.UnreadableReplyException;
    }

    /** Opens a file, with all other steps that this needs. */
    public interface Opening<T> {
        T open(Opener opener) throws AgentErrorException;
    }

    /** Opens one file. */
    public interface Opener {
        /**
         * Opens the file, and returns its id for later calls.
         *
         * @param path the path in the guest's form
         * @param begun the upload; absent if the file is opened for reading
         * @throws AgentErrorException if the guest refuses
         */
        String open(String path, @Nullable Begun begun) throws AgentErrorException;
    }

    /** Returns true if the guest reports that it runs Windows. */
    public boolean isWindows(VmId id, String cannot) {
        VirtualMachine vm = shell.vm(id);
        try {
            return shell.guests().of(id).isWindows(vm.agent(), Deadline.after(ASK_TIMEOUT));
        } catch (AgentException e) {
            throw shell.failed(vm, cannot, false, e);
        }
    }

    /** Runs a PowerShell script to its end, like {@link GuestShellCalls#run}. */
    public <T> T run(
            VmId id, ExecCommand command, String cannot, boolean changes, Deadline deadline, Reading<T> reading) {
        return shell.run(
                shell.vm(id), GuestShellCalls.Shell.POWERSHELL, command, cannot, changes, deadline, reading::read);
    }

    /** Opens a file in a place among the transfers of its VM. On failure, closes the file and releases the place. */
    public <T> T opening(VmId id, String cannot, Opening<T> opening) {
        VirtualMachine vm = shell.vm(id);
        One one = new One(vm, open.enter(id), cannot);
        boolean kept = false;
        try {
            T opened = opening.open(one);
            kept = true;
            return opened;
        } catch (AgentErrorException e) {
            throw FileFailures.refused(cannot, e.description());
        } finally {
            if (kept) {
                one.keep();
            } else {
                one.giveUp();
            }
        }
    }

    private final class One implements Opener {
        private final VirtualMachine vm;
        private final VmTransfers transfers;
        private final String cannot;
        private final String name = UUID.randomUUID().toString();
        private @Nullable FileHandle file;
        private OpenFile.@Nullable Pending pending;

        One(VirtualMachine vm, VmTransfers transfers, String cannot) {
            this.vm = vm;
            this.transfers = transfers;
            this.cannot = cannot;
        }

        @Override
        public String open(String path, @Nullable Begun begun) throws AgentErrorException {
            try {
                // "wb" would truncate any file that now has this name.
                String mode = begun == null ? "rb" : "r+b";
                long handle = vm.agent().fileOpen(path, mode, Deadline.after(OPEN_TIMEOUT));
                file = new AgentFileHandle(vm.agent(), handle, transfers, ANY_BOOT, () -> ANY_BOOT, System::nanoTime);
            } catch (AgentErrorException e) {
                throw e;
            } catch (AgentException e) {
                throw shell.failed(vm, cannot, false, e);
            }
            if (begun != null) {
                pending = new OpenFile.Pending(begun.path(), begun.temporary(), "", begun.expected(), PathLimits.NONE);
            }
            return name;
        }

        /** Starts the idle timeout. The earlier steps may have taken longer than it. */
        void keep() {
            FileHandle opened = Objects.requireNonNull(file, "what is kept was opened");
            open.put(
                    name,
                    new OpenFile(
                            vm.id(),
                            opened,
                            Transport.AGENT,
                            Optional::empty,
                            transfers,
                            transfers::leave,
                            pending != null,
                            pending));
        }

        void giveUp() {
            FileHandle opened = file;
            if (opened != null && !opened.close()) {
                transfers.closeLater(opened);
            }
            transfers.leave();
        }
    }

    /** Returns the upload with this id; empty if it is in a guest whose paths have no drive. */
    public Optional<Begun> begun(VmId vm, String name) {
        return Optional.ofNullable(open.opened(vm, name).pending())
                .filter(pending -> pending.path().hasDrive())
                .map(pending -> new Begun(pending.path(), pending.temporary(), pending.expected()));
    }

    /** Returns the name of an upload until it is complete. */
    public static String temporary(GuestPath path, String upload) {
        return FileScripts.temporary(path, upload);
    }
}
