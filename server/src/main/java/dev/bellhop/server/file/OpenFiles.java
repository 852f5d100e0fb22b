// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file;

import dev.bellhop.qga.AgentErrorException;
import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.hypervisor.VirtualMachine;
import dev.bellhop.server.vm.Transport;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The open files of guests, by id. Thread safe. */
final class OpenFiles {
    private static final Duration SCRIPT_TIMEOUT = Duration.ofSeconds(30);

    /**
     * Shorter than the time that a process in the guest holds a file for the agent. After that, its pid can be reused.
     */
    private static final Duration OPEN_TIMEOUT = Duration.ofSeconds(25);

    private static final Duration SOON = Duration.ofSeconds(8);

    /** The idle time until a file is closed. */
    private static final long MAX_IDLE_NANOS = TimeUnit.MINUTES.toNanos(2);

    private final GuestShellCalls shell;
    private final StreamFiles streams;
    private final FileSettings settings;
    private final BiConsumer<VmId, String> whenIdle;
    private final ConcurrentMap<VmId, VmTransfers> transfers = new ConcurrentHashMap<>();
    private final ConcurrentMap<String, OpenFile> open = new ConcurrentHashMap<>();

    /** @param whenIdle receives the id of each file that is closed because it is idle, on a thread that may block */
    OpenFiles(GuestShellCalls shell, StreamFiles streams, FileSettings settings, BiConsumer<VmId, String> whenIdle) {
        this.shell = shell;
        this.streams = streams;
        this.settings = settings;
        this.whenIdle = whenIdle;
    }

    /** Takes a place among the transfers of a VM. */
    VmTransfers enter(VmId vm) {
        VmTransfers ofVm = transfersOf(vm);
        ofVm.enter();
        return ofVm;
    }

    /** Same, for a file that is open for longer. */
    private VmTransfers stay(VmId vm) {
        VmTransfers ofVm = transfersOf(vm);
        ofVm.enterLasting();
        return ofVm;
    }

    private VmTransfers transfersOf(VmId vm) {
        closeIdle();
        VmTransfers ofVm = transfers.computeIfAbsent(vm, each -> new VmTransfers(settings));
        ofVm.closeLeft();
        return ofVm;
    }

    /** Stores an open file under its id. */
    void put(String name, OpenFile file) {
        open.put(name, file);
    }

    /** Closes the file with this id in a VM. Later calls do nothing. */
    void close(VmId vm, String name) {
        OpenFile file = open.get(name);
        if (file != null && file.vm().equals(vm) && open.remove(name, file)) {
            file.close();
        }
    }

    /** Forgets the open files of a VM without a call to its guest. Returns their ids. */
    List<String> letGo(VmId vm) {
        List<String> names = open.entrySet().stream()
                .filter(entry -> entry.getValue().vm().equals(vm))
                .map(Map.Entry::getKey)
                .toList();
        names.forEach(open::remove);
        transfers.remove(vm);
        return names;
    }

    /**
     * A file that a script has opened and a process of the guest holds open.
     *
     * @param holder pid of that process
     * @param inode device number and inode number of the file
     * @param boot the guest's boot id at that time
     * @param told returns the caller's result for a transport
     */
    record Held<T>(
            long holder, String inode, String boot, Function<Transport, T> told, OpenFile.@Nullable Pending pending) {}

    interface Opening<T> {
        Held<T> open(String name);
    }

    /**
     * How a file is kept open.
     *
     * @param mode the agent's mode for it
     * @param isLasting whether it stays open as long as the caller wants, instead of for one transfer
     * @param stream its use over a stream, if it moves to one
     */
    record Way(String mode, boolean isLasting, StreamFiles.Use stream) {
        static final Way READ = new Way("r", false, StreamFiles.Use.READ);
        static final Way UPLOAD = new Way("r+", false, StreamFiles.Use.WRITE_IN_ORDER);

        boolean writes() {
            return !mode.equals("r");
        }
    }

    /**
     * Opens the same file as a script: with the agent, or over an open stream if it is read in one transfer. A write
     * over a stream would block the whole stream if the guest is frozen, and a file that stays open keeps the stream
     * open.
     */
    <T> T keeping(VirtualMachine vm, Way way, String cannot, Opening<T> opening) {
        VmTransfers ofVm = way.isLasting ? stay(vm.id()) : enter(vm.id());
        Runnable leave = way.isLasting ? ofVm::leaveLasting : ofVm::leave;
        boolean kept = false;
        try {
            String name = UUID.randomUUID().toString();
            Held<T> held = opening.open(name);
            Deadline deadline = Deadline.after(way.isLasting ? SOON : OPEN_TIMEOUT);
            Optional<FileHandle> streamed = way.equals(Way.READ)
                    ? streams.openIfAtHand(vm.id(), held.holder(), held.inode(), ofVm, deadline)
                    : Optional.empty();
            FileHandle handle = streamed.isPresent() ? streamed.get() : byAgent(vm, held, way, ofVm, deadline);
            Transport transport = streamed.isPresent() ? Transport.STREAM : Transport.AGENT;
            OpenFile.Faster faster = streamed.isPresent()
                    ? Optional::empty
                    : () -> streams.open(vm.id(), held.holder(), held.inode(), way.stream(), ofVm);
            open.put(name, new OpenFile(vm.id(), handle, transport, faster, ofVm, leave, way.writes(), held.pending()));
            kept = true;
            return held.told().apply(transport);
        } catch (AgentErrorException e) {
            throw FileFailures.refused(cannot, e.description());
        } catch (AgentException e) {
            throw shell.failed(vm, cannot, false, e);
        } finally {
            if (!kept) {
                leave.run();
            }
        }
    }

    /**
     * A file that was opened over a stream.
     *
     * @param path the real path
     */
    record Streamed(FileStat stat, GuestPath path, FileHandle handle) {}

    /**
     * Opens a file over a stream without a script, for longer use. Empty if the stream has no room, or if the file was
     * not opened.
     */
    Optional<GuestFiles.Opened> keepingStreamed(
            VmId vm, boolean writes, Function<VmTransfers, Optional<Streamed>> opening) {
        VmTransfers ofVm = stay(vm);
        boolean kept = false;
        try {
            Optional<Streamed> found = ofVm.mayStreamLasting() ? opening.apply(ofVm) : Optional.empty();
            if (found.isEmpty()) {
                return Optional.empty();
            }
            Streamed file = found.get();
            String name = UUID.randomUUID().toString();
            open.put(
                    name,
                    new OpenFile(
                            vm,
                            file.handle(),
                            Transport.STREAM,
                            Optional::empty,
                            ofVm,
                            ofVm::leaveLasting,
                            writes,
                            null));
            kept = true;
            return Optional.of(new GuestFiles.Opened(name, file.stat(), file.path(), null, Transport.STREAM));
        } finally {
            if (!kept) {
                ofVm.leaveLasting();
            }
        }
    }

    /** Counts an open by a script, and returns true if there were so many recently that a stream is worth its port. */
    boolean countOpen(VmId vm) {
        VmTransfers ofVm = transfers.get(vm);
        return ofVm != null && ofVm.countOpen();
    }

    private FileHandle byAgent(VirtualMachine vm, Held<?> held, Way way, VmTransfers ofVm, Deadline deadline)
            throws AgentException {
        long handle = vm.agent().fileOpen("/proc/" + held.holder() + "/fd/3", way.mode(), deadline);
        return new AgentFileHandle(vm.agent(), handle, ofVm, held.boot(), () -> boot(vm), System::nanoTime);
    }

    private String boot(VirtualMachine vm) {
        return shell.run(
                vm,
                FileScripts.boot(),
                "Cannot read this file",
                false,
                Deadline.after(SCRIPT_TIMEOUT),
                reply -> reply.text(1));
    }

    interface Use<T> {
        T use(OpenFile file) throws AgentException, InterruptedException;
    }

    /** Uses an open file, and translates errors. */
    <T> T using(VmId id, String name, String cannot, Use<T> use) {
        OpenFile file = opened(id, name);
        try {
            return use.use(file);
        } catch (AgentErrorException e) {
            throw gone(cannot, e);
        } catch (AgentException e) {
            throw shell.failed(shell.vm(id), cannot, false, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BellhopException(ErrorCode.SHUTTING_DOWN, cannot + " because the server stops", e);
        }
    }

    /** Translates an error of the agent. A restarted agent no longer knows its handles. */
    private static BellhopException gone(String cannot, AgentErrorException e) {
        return e.description().contains("has not been found")
                ? FileFailures.failure(
                        ErrorCode.FILE_CHANGED,
                        cannot,
                        "the guest's agent was restarted meanwhile; go on where it broke off")
                : FileFailures.refused(cannot, e.description());
    }

    OpenFile opened(VmId vm, String name) {
        OpenFile file = open.get(name);
        if (file == null || !file.vm().equals(vm)) {
            throw new BellhopException(
                    ErrorCode.FILE_CHANGED,
                    "Cannot go on because this file was closed meanwhile; go on where it broke off");
        }
        return file;
    }

    /** Closes idle files. Returns immediately. */
    void closeIdle() {
        open.forEach((name, file) -> {
            if (file.idleNanos() > MAX_IDLE_NANOS && open.remove(name, file)) {
                Thread.startVirtualThread(() -> {
                    file.close();
                    whenIdle.accept(file.vm(), name);
                });
            }
        });
    }
}
