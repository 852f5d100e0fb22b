// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.script;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ExecCommand;
import dev.bellhop.qga.ExecStatus;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.GuestAgentOptions;
import dev.bellhop.qga.client.AgentClient;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.ExecutionIds;
import dev.bellhop.testkit.RealAgent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A real agent, a shell of some kind for its supervisors, and a spool, all under one folder. Closing it ends the agent
 * and what it started; sessions that commands have left are for the test to end.
 */
public final class ShellGuest implements AutoCloseable {
    private static final ExecutionIds IDS = new ExecutionIds(Clock.systemUTC());

    /** The shells that guests have as /bin/sh. */
    enum Kind {
        DASH,
        /** With the programs of busybox in the place of all others. */
        BUSYBOX,
        /** Under the name sh, as Red Hat has it. */
        BASH
    }

    private final Path folder;
    private final Path programs;
    private final String path;
    final RealAgent real;
    final GuestAgent agent;
    final Supervisor supervisor;

    ShellGuest(Kind kind, Path folder) {
        this(kind, folder, Spool.at(folder.resolve("spool").toString()));
    }

    ShellGuest(Kind kind, Path folder, Spool spool) {
        this.folder = folder;
        this.programs = folder.resolve("bin-" + kind);
        this.path = kind == Kind.BUSYBOX ? programs.toString() : "/usr/sbin:/usr/bin:/sbin:/bin";
        try {
            // Commands of other users find the shell here.
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
            Files.createDirectories(programs);
            Path shell = programs.resolve("sh");
            switch (kind) {
                case DASH -> Files.createSymbolicLink(shell, Path.of("/usr/bin/dash"));
                case BASH -> Files.createSymbolicLink(shell, Path.of("/usr/bin/bash"));
                case BUSYBOX -> {
                    for (String name : List.of(
                            "sh",
                            "setsid",
                            "sleep",
                            "mkdir",
                            "mkfifo",
                            "renice",
                            "rm",
                            "chmod",
                            "chown",
                            "cat",
                            "dd",
                            "fallocate",
                            "head",
                            "stat",
                            "wc",
                            "find",
                            "id",
                            "env",
                            "su",
                            "setpriv",
                            "true",
                            "printf",
                            "cp",
                            "seq",
                            "tee")) {
                        Files.createSymbolicLink(programs.resolve(name), Path.of("/usr/bin/busybox"));
                    }
                }
            }
            Path own = Files.createDirectories(folder.resolve("qga"));
            real = RealAgent.startSeeingMounts(own);
            agent = AgentClient.onUnixSocket(real.socket(), GuestAgentOptions.defaults());
            supervisor = new Supervisor(shell.toString(), spool);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The path of its shell. */
    String shell() {
        return programs.resolve("sh").toString();
    }

    static ExecutionId newId() {
        return IDS.next();
    }

    static Deadline soon() {
        return Deadline.after(Duration.ofSeconds(20));
    }

    /** Starts what a supervisor has built, with this guest's programs. */
    long start(ExecCommand command) throws AgentException {
        Path own = programs.resolve(command.path());
        ExecCommand here = ExecCommand.of(
                        Files.exists(own) ? own.toString() : command.path(),
                        command.args().toArray(String[]::new))
                .withEnv(List.of("PATH=" + path));
        byte[] input = command.input();
        return agent.exec(input == null ? here : here.withInput(input), soon());
    }

    /** Runs what a supervisor has built to its end. */
    ExecStatus finish(ExecCommand command) throws AgentException {
        return await(start(command));
    }

    ExecStatus await(long pid) throws AgentException {
        Deadline deadline = soon();
        for (; ; ) {
            ExecStatus status = agent.execStatus(pid, deadline);
            if (status.exited()) {
                return status;
            }
            pause();
        }
    }

    /** Runs a command to its end, and fails unless its supervisor tells of it. */
    SupervisorReply.Ended run(GuestCommand command) throws AgentException {
        ExecutionId id = newId();
        return (SupervisorReply.Ended) reply(finish(supervised(id, command)), id);
    }

    SupervisorReply reply(ExecStatus status, ExecutionId id) {
        return SupervisorReply.parse(status, id, supervisor.spool());
    }

    Inspection inspect(ExecutionId id, boolean claim) throws AgentException {
        return inspect(id, claim, Duration.ZERO);
    }

    Inspection inspect(ExecutionId id, boolean claim, Duration ago) throws AgentException {
        return inspect(id, claim, null, ago);
    }

    Inspection inspect(ExecutionId id, boolean claim, @Nullable UUID boot, Duration ago) throws AgentException {
        ExecStatus status = finish(supervisor.inspect(id, claim, boot, ago));
        return Inspection.parse(status.stdout(), id)
                .orElseThrow(() -> new AssertionError("no inspection: "
                        + new String(status.stdout(), StandardCharsets.UTF_8)
                        + new String(status.stderr(), StandardCharsets.UTF_8)));
    }

    GroupAction.Outcome cancel(ExecutionId id, Duration grace) throws AgentException {
        ExecStatus status = finish(supervisor.cancel(id, grace));
        return GroupAction.CANCEL
                .parse(status.stdout(), id)
                .orElseThrow(
                        () -> new AssertionError("no outcome: " + new String(status.stdout(), StandardCharsets.UTF_8)));
    }

    GroupAction.Outcome signal(ExecutionId id, int signal) throws AgentException {
        ExecStatus status = finish(supervisor.signal(id, signal));
        return GroupAction.SIGNAL
                .parse(status.stdout(), id)
                .orElseThrow(
                        () -> new AssertionError("no outcome: " + new String(status.stdout(), StandardCharsets.UTF_8)));
    }

    /** What starts a command in any boot. */
    ExecCommand supervised(ExecutionId id, GuestCommand command) {
        return supervisor.run(id, command, null);
    }

    /** How the spool says that it ended. */
    Optional<CommandEnd> end(ExecutionId id) {
        try {
            Path file = Path.of(supervisor.spool().path(), id + ".end");
            String line = Files.exists(file) ? Files.readString(file) : "";
            String[] words = line.strip().split(" ", -1);
            return line.endsWith("\n") ? CommandEnd.of(words[0], words[1]) : Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A file that is not there yet, for a command to make or wait for. */
    Path mark(String name) {
        return folder.resolve("mark-" + name);
    }

    /** The pids of processes, more than zombies, whose command line holds this. */
    static List<Long> processes(String text) {
        try (Stream<Path> all = Files.list(Path.of("/proc"))) {
            List<Long> found = new ArrayList<>();
            for (Path one : all.toList()) {
                String name = one.getFileName().toString();
                if (name.chars().allMatch(Character::isDigit)
                        && commandLine(one).contains(text)) {
                    found.add(Long.valueOf(name));
                }
            }
            return found;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The pids of the processes, more than zombies, in a process group. */
    public static List<Long> group(long leader) {
        try (Stream<Path> all = Files.list(Path.of("/proc"))) {
            List<Long> found = new ArrayList<>();
            for (Path one : all.toList()) {
                String name = one.getFileName().toString();
                if (name.chars().allMatch(Character::isDigit)) {
                    String stat = read(one.resolve("stat"));
                    List<String> fields = List.of(
                            stat.substring(stat.lastIndexOf(')') + 1).strip().split(" "));
                    if (fields.size() > 2
                            && !fields.getFirst().equals("Z")
                            && fields.get(2).equals("" + leader)) {
                        found.add(Long.valueOf(name));
                    }
                }
            }
            return found;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String commandLine(Path process) {
        return read(process.resolve("cmdline"));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return "";
        }
    }

    static void pause() {
        try {
            Thread.sleep(2);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        agent.close();
        real.close();
        // JUnit warns of each link that leads out of a folder it deletes.
        try (Stream<Path> links = Files.list(programs)) {
            for (Path link : links.toList()) {
                Files.delete(link);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** All of one stream of a command that ended. */
    static String text(SupervisorReply.Head head) {
        assertThat(head.whole()).isTrue();
        assertThat(head.bytes()).isNotNull();
        return new String(head.bytes(), StandardCharsets.UTF_8);
    }

    /** The same with other words in it. */
    static ExecCommand replaced(ExecCommand exec, String words, String others) {
        List<String> args = new ArrayList<>(exec.args());
        args.replaceAll(arg -> arg.replace(words, others));
        return ExecCommand.of(exec.path(), args.toArray(String[]::new));
    }
}
