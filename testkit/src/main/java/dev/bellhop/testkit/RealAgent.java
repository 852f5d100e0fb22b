// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A real qemu-ga that listens on a Unix socket, without a virtual machine around it.
 *
 * <p>It runs commands on this machine and as its user, so tests keep to their own folders. Closing it ends it and every
 * process it started. Where it ends by itself, this starts it again, as a guest's init does: qemu-ga ends with exit code
 * 0 when its client's connection is reset, as it is when a server is killed with bytes unread. Thread safe.
 */
public final class RealAgent implements AutoCloseable {

    private static final Duration START_TIMEOUT = Duration.ofSeconds(30);

    /** What no agent here does, whoever asks: it would do it to this machine. */
    private static final String BLOCKED = String.join(
            ",",
            "guest-fsfreeze-freeze",
            "guest-fsfreeze-freeze-list",
            "guest-fstrim",
            "guest-shutdown",
            "guest-suspend-disk",
            "guest-suspend-ram",
            "guest-suspend-hybrid",
            "guest-set-time",
            "guest-set-user-password",
            "guest-ssh-add-authorized-keys",
            "guest-ssh-remove-authorized-keys",
            "guest-set-vcpus",
            "guest-set-memory-blocks");

    private static final int FLEET = 100;

    private final Path folder;
    private final List<String> command;
    /** Processes left running by agents that were killed. */
    private final List<ProcessHandle> orphans = new ArrayList<>();

    private volatile Process process;
    /** Whether nobody has ended it. */
    private boolean wanted;

    private RealAgent(Path folder, List<String> command) throws IOException {
        this.folder = folder;
        this.command = command;
        launch();
    }

    /**
     * Starts an agent in each of these folders, as {@link #start}, and waits until all of them listen.
     *
     * @param folders new ones, which this makes
     */
    public static List<RealAgent> startAll(List<Path> folders) throws IOException {
        List<RealAgent> agents = new ArrayList<>();
        for (Path folder : folders) {
            Files.createDirectory(folder);
            // The programs would slow down the start of a fleet.
            boolean isFleet = folders.size() > FLEET;
            agents.add(new RealAgent(folder, isFleet ? command(folder) : withoutStartFiles(command(folder))));
        }
        for (RealAgent agent : agents) {
            agent.awaitListening();
        }
        return agents;
    }

    /**
     * As {@link #startAll(List)}, each with a folder of its own where the others have theirs, as guests do. Takes root.
     *
     * @param own an existing folder, which each agent and what it starts sees as an empty one
     */
    public static List<RealAgent> startAll(List<Path> folders, Path own) throws IOException {
        List<RealAgent> agents = new ArrayList<>();
        for (Path folder : folders) {
            Files.createDirectories(folder.resolve("own"));
            List<String> command = new ArrayList<>(List.of("unshare", "--mount", "sh", "-c"));
            command.addAll(List.of("mount --bind \"$1\" \"$2\" && shift 2 && exec \"$@\"", "sh"));
            command.addAll(List.of(folder.resolve("own").toString(), own.toString()));
            command.addAll(withoutStartFiles(command(folder)));
            agents.add(new RealAgent(folder, command));
        }
        for (RealAgent agent : agents) {
            agent.awaitListening();
        }
        return agents;
    }

    /**
     * Starts an agent and waits until it listens.
     *
     * @param folder an existing folder of its own with a short path, for the socket, the state and the log
     * @param extraArguments for qemu-ga, such as "-b", "guest-exec" to disable a command
     */
    public static RealAgent start(Path folder, String... extraArguments) {
        return start(folder, withoutStartFiles(command(folder, extraArguments)));
    }

    /** As {@link #start(Path, String...)}, for tests without login shells; the agent also sees later mounts. */
    public static RealAgent startSeeingMounts(Path folder) {
        return start(folder, command(folder));
    }

    /**
     * As {@link #start(Path, String...)}; the agent and its commands have their own mounts, and do not see later ones. Needs root.
     *
     * @param script changes these mounts first; the agent inherits its open files
     */
    public static RealAgent startWithMounts(Path folder, String script) {
        List<String> command =
                new ArrayList<>(List.of("unshare", "--mount", "sh", "-c", script + "\nexec \"$@\"", "sh"));
        command.addAll(withoutStartFiles(command(folder)));
        return start(folder, command);
    }

    private static RealAgent start(Path folder, List<String> command) {
        try {
            RealAgent agent = new RealAgent(folder, command);
            agent.awaitListening();
            return agent;
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot start qemu-ga: is the package qemu-guest-agent installed?", e);
        }
    }

    /**
     * As {@link #start}; the agent and its commands see another file in the place of one of this machine. Needs root.
     *
     * @param file the file that they see
     * @param inPlaceOf an existing file
     */
    public static RealAgent startSeeing(Path file, Path inPlaceOf, Path folder) {
        try {
            List<String> command = new ArrayList<>(List.of("unshare", "--mount", "sh", "-c"));
            command.addAll(List.of("mount --bind \"$1\" \"$2\" && shift 2 && exec \"$@\"", "sh"));
            command.addAll(List.of(file.toString(), inPlaceOf.toString()));
            command.addAll(command(folder));
            RealAgent agent = new RealAgent(folder, command);
            agent.awaitListening();
            return agent;
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot start qemu-ga: does this run as root?", e);
        }
    }

    /**
     * Hides the files of this machine's root that a login shell runs: they can be slow, print something, or leave a lock behind if a test
     * kills them. Only root can hide them.
     */
    private static List<String> withoutStartFiles(List<String> command) {
        Path home = Path.of("/root");
        List<String> files = Stream.of(".bashrc", ".profile", ".bash_profile", ".bash_login")
                .map(name -> home.resolve(name).toString())
                .filter(file -> Files.isRegularFile(Path.of(file)))
                .toList();
        if (files.isEmpty() || !System.getProperty("user.name").equals("root")) {
            return command;
        }
        String script =
                "until [ \"$1\" = -- ]; do mount --bind /dev/null \"$1\" || exit; shift; done; shift; exec \"$@\"";
        List<String> hidden =
                new ArrayList<>(List.of("unshare", "--mount", "--propagation", "slave", "sh", "-c", script, "sh"));
        hidden.addAll(files);
        hidden.add("--");
        hidden.addAll(command);
        return hidden;
    }

    private static List<String> command(Path folder, String... extraArguments) {
        List<String> command = new ArrayList<>(List.of("qemu-ga", "-m", "unix-listen", "-p"));
        command.add(folder.resolve("qga.sock").toString());
        command.addAll(
                List.of("-t", folder.toString(), "-f", folder.resolve("qga.pid").toString()));
        command.addAll(List.of(extraArguments));
        // Of two such options the last alone counts.
        int block = command.indexOf("-b");
        if (block < 0) {
            command.addAll(List.of("-b", BLOCKED));
        } else {
            command.set(block + 1, command.get(block + 1) + "," + BLOCKED);
        }
        return command;
    }

    private synchronized void launch() throws IOException {
        Files.deleteIfExists(socket());
        Process started = Programs.start(folder, folder.resolve("qga.log"), command);
        process = started;
        wanted = true;
        var _ = started.onExit().thenRun(() -> startAgainAfter(started));
    }

    private synchronized void startAgainAfter(Process ended) {
        if (wanted && process.equals(ended) && ended.exitValue() == 0) {
            try {
                launch();
            } catch (IOException e) {
                throw new UncheckedIOException("Cannot start qemu-ga again", e);
            }
        }
    }

    private void awaitListening() throws IOException {
        try {
            Programs.await("qemu-ga listens", START_TIMEOUT, Programs.POLL_INTERVAL, () -> {
                if (!process.isAlive()) {
                    throw new IOException("qemu-ga does not listen: " + Files.readString(folder.resolve("qga.log")));
                }
                return listens();
            });
        } catch (IOException e) {
            Programs.kill(process);
            throw e;
        }
    }

    private boolean listens() {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            return channel.connect(UnixDomainSocketAddress.of(socket()));
        } catch (IOException e) {
            return false;
        }
    }

    /** Where it listens. */
    public Path socket() {
        return folder.resolve("qga.sock");
    }

    /** The agent's process id. */
    public long pid() {
        return process.pid();
    }

    /** Whether its process is alive. */
    public boolean isAlive() {
        return process.isAlive();
    }

    /** Freezes it with SIGSTOP: its socket still accepts connections, and nothing answers. */
    public void stop() {
        Programs.freeze(process);
    }

    /** Lets it continue after {@link #stop}. */
    public void cont() {
        Programs.signal(process, "CONT");
    }

    /**
     * Kills it, which leaves its socket behind. The processes it started continue until {@link #restart} or {@link #close}.
     */
    public synchronized void kill() {
        wanted = false;
        process.descendants().forEach(orphans::add);
        Programs.kill(process);
    }

    /** Kills it if it is still alive, and starts another at the same socket. */
    public void restart() {
        endProcesses();
        startAgain();
    }

    /** As {@link #restart}, but the old agent's processes continue until this one is closed. */
    public void restartKeepingProcesses() {
        kill();
        startAgain();
    }

    private void startAgain() {
        try {
            launch();
            awaitListening();
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot start qemu-ga again", e);
        }
    }

    private synchronized void endProcesses() {
        kill();
        orphans.forEach(ProcessHandle::destroyForcibly);
        orphans.clear();
    }

    /** Ends it and the processes it started. Its folder is left to the caller. */
    @Override
    public void close() {
        endProcesses();
    }
}
