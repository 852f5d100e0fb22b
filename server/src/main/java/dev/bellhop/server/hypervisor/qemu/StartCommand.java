// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.qemu;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.hypervisor.VmPowerException;
import dev.bellhop.server.hypervisor.VmPowerException.Kind;
import dev.bellhop.server.vm.VmId;
import java.io.File;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The operator's command that starts a VM: a program with its arguments, without a shell. It ends once the VM runs,
 * like QEMU with -daemonize. Its processes get a separate session, and none of the server's files, sockets or
 * variables. Its stdout is dropped. If it fails, the end of its stderr is logged but not shown to callers, who can be
 * customers.
 *
 * @param argv the program and its arguments, with {@code {vmid}} in place of the VM's id
 */
public record StartCommand(List<String> argv) {
    private static final Logger log = LoggerFactory.getLogger(StartCommand.class);

    private static final int NO_SUCH_PROGRAM = 127;

    /** Runs its arguments with stderr in place of stdout, because Java's pipelines connect only stdout. */
    private static final String STDERR_ONLY = "exec \"$@\" 2>&1 >/dev/null";

    /** The server's variables can hold secrets. */
    private static final Set<String> PASSED_ON = Set.of("PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TZ");

    /** A unit name by systemd.unit(5) that cannot be an option of systemctl. */
    private static final Pattern UNIT_NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9:_.@\\\\-]*[.][a-z]+");

    public StartCommand {
        argv = List.copyOf(argv);
    }

    /**
     * Parses a command; empty if the program's path is not absolute, or an argument cannot be passed to any program.
     */
    public static Optional<StartCommand> parse(List<String> argv) {
        boolean fits = !argv.isEmpty()
                && argv.getFirst().startsWith("/")
                && argv.stream().noneMatch(word -> word.contains("\0"));
        return fits ? Optional.of(new StartCommand(argv)) : Optional.empty();
    }

    /** Makes systemd start a unit and waits for it; empty if the name is not valid for a unit. */
    public static Optional<StartCommand> ofUnit(String unit) {
        return UNIT_NAME.matcher(unit.replace(PathPattern.PLACEHOLDER, "1")).matches()
                ? Optional.of(new StartCommand(List.of("systemctl", "--no-ask-password", "start", "--", unit)))
                : Optional.empty();
    }

    public boolean namesVm() {
        return argv.stream().anyMatch(word -> word.contains(PathPattern.PLACEHOLDER));
    }

    public StartCommand of(VmId id) {
        return new StartCommand(argv.stream()
                .map(argument -> argument.replace(PathPattern.PLACEHOLDER, id.toString()))
                .toList());
    }

    /**
     * Runs the command until it ends, or kills it at the deadline. An interrupt does not stop it.
     *
     * @param vm the VM that it starts, for the log
     * @throws VmPowerException if it cannot be run, fails, or takes too long; {@code UNREACHABLE} on an interrupt, with
     *     the thread's interrupt status set
     */
    void run(VmId vm, Deadline deadline) throws VmPowerException {
        List<Process> started = begin();
        Process process = started.getFirst();
        try (StderrTail stderr = new StderrTail(started.getLast())) {
            if (!process.waitFor(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS)) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
                log(vm, "did not end in time, and was ended", stderr);
                throw new VmPowerException(
                        Kind.UNREACHABLE,
                        "its start command did not end in time, and was ended; it has to end once the VM runs, as QEMU does"
                                + " with -daemonize");
            }
            int exit = process.exitValue();
            if (exit != 0) {
                String failed = "failed with exit code " + exit
                        + (exit == NO_SUCH_PROGRAM ? ", which mostly means that there is no such program" : "");
                log(vm, failed, stderr);
                throw new VmPowerException(
                        Kind.REFUSED, "its start command " + failed + "; the server's log has what it said");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new VmPowerException(Kind.UNREACHABLE, "the server is shutting down", e);
        }
    }

    private void log(VmId vm, String end, StderrTail stderr) throws InterruptedException {
        log.warn("The start command of VM {}, {}, {}. {}", vm, argv.getFirst(), end, stderr.told());
    }

    /** Starts the command and the reader of its stderr. */
    private List<Process> begin() throws VmPowerException {
        ProcessBuilder command = builder(Stream.concat(Stream.of("sh", "-c", STDERR_ONLY, "sh"), argv.stream()))
                .redirectInput(new File("/dev/null"));
        try {
            return ProcessBuilder.startPipeline(List.of(command, builder(StderrTail.COMMAND.stream())));
        } catch (IOException e) {
            throw new VmPowerException(
                    Kind.REFUSED, "its start command cannot be run: setsid, of util-linux, is not there", e);
        }
    }

    private static ProcessBuilder builder(Stream<String> words) {
        ProcessBuilder builder = new ProcessBuilder(
                        Stream.concat(Stream.of("setsid"), words).toList())
                .directory(new File("/"))
                .redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.environment().keySet().retainAll(PASSED_ON);
        return builder;
    }

    /** Omits the arguments, which can be confidential. */
    @Override
    public String toString() {
        return "StartCommand[" + argv.size() + " words]";
    }
}
