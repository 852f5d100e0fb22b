// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.qemu;

import dev.bellhop.qga.Deadline;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Looks for a QEMU that already runs a VM, right before the VM is started: two would write to one disk. It looks for a
 * listener on the VM's sockets, even removed ones, and for a QEMU that names one of them on its command line.
 */
final class RunningQemu {
    private static final Path PROCESSES = Path.of("/proc");
    private static final Path SOCKETS = Path.of("/proc/net/unix");

    /** Columns of {@link #SOCKETS}: the flags, their value for a listening socket, and the path. */
    private static final int FLAGS = 3;

    private static final String LISTENS = "00010000";
    private static final int PATH = 7;

    /** A QEMU closes its sockets before it ends; for this long, it can still show up as a process. */
    private static final Duration ENDING = Duration.ofSeconds(5);

    private static final Duration PAUSE = Duration.ofMillis(100);

    private final VmSockets sockets;

    RunningQemu(VmSockets sockets) {
        this.sockets = sockets;
    }

    /**
     * Returns why the VM may already run, for a person, to follow "because"; empty if there is no sign of it. Repeats
     * the check for a while, since a QEMU may be about to end.
     */
    Optional<String> trace(Deadline deadline) throws InterruptedException {
        Deadline ended = Deadline.after(ENDING);
        while (true) {
            Optional<String> listens = listens(sockets.agent(), "agent's socket")
                    .or(() -> Optional.ofNullable(sockets.monitor()).flatMap(monitor -> listens(monitor, "monitor")));
            Optional<String> trace = listens.or(this::listensUnseen).or(this::isNamed);
            if (listens.isPresent() || trace.isEmpty() || ended.hasPassed() || deadline.hasPassed()) {
                return trace;
            }
            Thread.sleep(PAUSE);
        }
    }

    private static Optional<String> listens(Path socket, String what) {
        PeerProcess.Listener listener = PeerProcess.listener(socket);
        return switch (listener.presence()) {
            case NOBODY -> Optional.empty();
            case SOMEBODY, CROWDED ->
                Optional.of(mayRun((listener.pid() == null ? "a process" : "process " + listener.pid())
                        + " listens on its " + what));
            case UNTOLD ->
                Optional.of("it may run already: the server may not open its " + what
                        + "; check the socket's owner and mode");
        };
    }

    /** Checks for a listener on a socket whose file was removed. */
    private Optional<String> listensUnseen() {
        Set<String> paths = sockets()
                .flatMap(socket -> QemuCommandLine.spellings(socket).stream())
                .collect(Collectors.toSet());
        boolean listens = ProcessFiles.lines(SOCKETS).stream()
                // The path can contain blanks.
                .map(line -> line.split(" +", PATH + 1))
                .anyMatch(columns -> columns.length > PATH
                        && columns[FLAGS].equals(LISTENS)
                        && QemuCommandLine.isOneOf(paths, columns[PATH]));
        return listens
                ? Optional.of(mayRun("a process still listens on its agent's socket or monitor, whose file is gone"))
                : Optional.empty();
    }

    /** Checks command lines: the sockets can be in another network namespace, or have another listener by now. */
    private Optional<String> isNamed() {
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROCESSES, "[0-9]*")) {
            for (Path folder : processes) {
                QemuCommandLine process = new QemuCommandLine(new ProcessFiles(folder).commandLine());
                if (process.isQemu() && sockets().anyMatch(process::names)) {
                    return Optional.of(mayRun("process " + folder.getFileName()
                            + ", a QEMU, has its agent's socket or monitor on its command line"));
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            // Not Linux, or no /proc: the check of the sockets must suffice.
        }
        return Optional.empty();
    }

    private static String mayRun(String trace) {
        return "it runs already, as far as can be told: " + trace
                + "; look at that process, and check agent and monitor in the server's configuration";
    }

    private Stream<Path> sockets() {
        return Stream.concat(Stream.of(sockets.agent()), Stream.ofNullable(sockets.monitor()));
    }
}
