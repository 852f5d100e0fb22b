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
 * Files that an agent opens by their names, for guests where no script can hold one open for it: Windows. What is open is read, written
 * and closed as all other files are. Thread safe.
 */
public final class AgentFiles {
    private static final Duration OPEN_TIMEOUT = Duration.ofSeconds(25);
    private static final Duration ASK_TIMEOUT = Duration.ofSeconds(30);

    /** On Windows, the agent goes on with its numbers after a restart of the guest, too: they are in a file in ProgramData. */
    private static final String ANY_BOOT = "";

    private final GuestShellCalls shell;
    private final OpenFiles open;

    AgentFiles(GuestShellCalls shell, OpenFiles open) {
        this.shell = shell;
        this.open = open;
    }

    /**
     * What becomes of an upload once it is whole.
     *
     * @param path where it will be
     * @param temporary the name that it has meanwhile, in the same folder
     * @param expected what the guest has printed of what was under its name; empty where nothing was
     */
    public record Begun(GuestPath path, String temporary, String expected) {}

    /** Reads an answer, of which every part may be missing. */
    public interface Reading<T> {
        T read(FileReply reply) throws FileReply.UnreadableReplyException;
    }

    /** Opens a file, and does what else has to be done with it. */
    public interface Opening<T> {
        T open(Opener opener) throws AgentErrorException;
    }

    /** Opens one file. */
    public interface Opener {
        /**
         * Opens it, and returns the name for it from then on.
         *
         * @param path as the guest has it
         * @param begun what is written, if anything is; a file that is read otherwise
         * @throws AgentErrorException where the guest does not
         */
        String open(String path, @Nullable Begun begun) throws AgentErrorException;
    }

    /** Whether a guest is a Windows, as far as it says. */
    public boolean isWindows(VmId id, String cannot) {
        VirtualMachine vm = shell.vm(id);
        try {
            return shell.guests().of(id).isWindows(vm.agent(), Deadline.after(ASK_TIMEOUT));
        } catch (AgentException e) {
            throw shell.failed(vm, cannot, false, e);
        }
    }

    /** Runs a script of PowerShell to its end, as {@link GuestShellCalls#run}. */
    public <T> T run(
            VmId id, ExecCommand command, String cannot, boolean changes, Deadline deadline, Reading<T> reading) {
        return shell.run(
                shell.vm(id), GuestShellCalls.Shell.POWERSHELL, command, cannot, changes, deadline, reading::read);
    }

    /** Opens a file in a place among the transfers of its VM. Where something fails, it is closed and the place is given back. */
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
                // With "wb" it would empty whatever has the name by now.
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

        /** From now on it is closed where nobody uses it: what came before may have taken longer. */
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

    /** What is written under this name; empty where it is in a guest whose paths have no drive. */
    public Optional<Begun> begun(VmId vm, String name) {
        return Optional.ofNullable(open.opened(vm, name).pending())
                .filter(pending -> pending.path().hasDrive())
                .map(pending -> new Begun(pending.path(), pending.temporary(), pending.expected()));
    }

    /** The name that an upload has until it is whole. */
    public static String temporary(GuestPath path, String upload) {
        return FileScripts.temporary(path, upload);
    }
}
