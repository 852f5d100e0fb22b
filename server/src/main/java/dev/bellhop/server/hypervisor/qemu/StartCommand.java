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

/**
 * What an operator has named to start a VM: a program with its arguments, which no shell reads. It ends once the VM runs,
 * as QEMU does with -daemonize. What it starts is not the server's: it is in a session of its own, has none of the server's
 * files, sockets or variables, and what it writes goes nowhere.
 *
 * @param argv the program and its arguments, in which {@code {vmid}} stands for the VM's id
 */
public record StartCommand(List<String> argv) {
    private static final int NO_SUCH_PROGRAM = 127;

    /** Those of the server may hold secrets. */
    private static final Set<String> PASSED_ON = Set.of("PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TZ");

    /** As systemd.unit(5) has it, and no option of systemctl. */
    private static final Pattern UNIT_NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9:_.@\\\\-]*[.][a-z]+");

    public StartCommand {
        argv = List.copyOf(argv);
    }

    /** Empty where the program is not named by its absolute path, or no program can have such an argument. */
    public static Optional<StartCommand> parse(List<String> argv) {
        boolean fits = !argv.isEmpty()
                && argv.getFirst().startsWith("/")
                && argv.stream().noneMatch(word -> word.contains("\0"));
        return fits ? Optional.of(new StartCommand(argv)) : Optional.empty();
    }

    /** One that has systemd start a unit, and waits until it has; empty where no unit can have such a name. */
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
     * Runs it and waits for its end. One that does not end in time is ended. Where this thread is interrupted it goes on.
     *
     * @throws VmPowerException where it cannot be run, ends with another exit code than 0, or has not ended in time; of an
     *     interrupt it is {@code UNREACHABLE}, and the thread's interrupt status is set
     */
    void run(Deadline deadline) throws VmPowerException {
        Process process = begin();
        try {
            if (!process.waitFor(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS)) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
                throw new VmPowerException(
                        Kind.UNREACHABLE,
                        "its start command did not end in time, and was ended; it has to end once the VM runs, as QEMU does"
                                + " with -daemonize");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new VmPowerException(Kind.UNREACHABLE, "the server is shutting down", e);
        }
        int exit = process.exitValue();
        if (exit != 0) {
            throw new VmPowerException(
                    Kind.REFUSED,
                    "its start command failed with exit code " + exit
                            + (exit == NO_SUCH_PROGRAM ? ", which mostly means that there is no such program" : ""));
        }
    }

    private Process begin() throws VmPowerException {
        List<String> command = Stream.concat(Stream.of("setsid"), argv.stream()).toList();
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(new File("/"))
                .redirectInput(new File("/dev/null"))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.environment().keySet().retainAll(PASSED_ON);
        try {
            return builder.start();
        } catch (IOException e) {
            throw new VmPowerException(
                    Kind.REFUSED, "its start command cannot be run: setsid, of util-linux, is not there", e);
        }
    }

    /** Arguments may hold what is nobody's business. */
    @Override
    public String toString() {
        return "StartCommand[" + argv.size() + " words]";
    }
}
