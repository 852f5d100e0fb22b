// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Processes that run beside this one. Those still running when this JVM ends are ended with it. Thread safe. */
public final class Programs {
    private static final Duration FREEZE_TIMEOUT = Duration.ofSeconds(10);

    static final Duration POLL_INTERVAL = Duration.ofMillis(2);
    private static final long END_TIMEOUT_SECONDS = 20;
    private static final Set<String> JAVA_OPTIONS = Set.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS");
    private static final Set<Process> RUNNING = ConcurrentHashMap.newKeySet();

    private static volatile boolean ending;

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(Programs::endAll, "end-programs"));
    }

    private Programs() {}

    /** Starts a process that reads nothing and appends its output to a file. */
    public static Process start(Path folder, Path log, List<String> command) throws IOException {
        return start(folder, log, command, Map.of());
    }

    /** @param environment variables that are added to those of this process */
    static Process start(Path folder, Path log, List<String> command, Map<String, String> environment)
            throws IOException {
        Profile.requirePrograms(command.getFirst());
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        removeJavaOptions(builder);
        builder.environment().putAll(environment);
        if (ending) {
            throw new IOException("Nothing is started any more: this JVM ends");
        }
        Process process = builder.start();
        RUNNING.add(process);
        return process;
    }

    /** Takes what may be set for the JVM of the tests out of a program's environment: its JVM would say on stderr that it found it. */
    public static void removeJavaOptions(ProcessBuilder program) {
        program.environment().keySet().removeAll(JAVA_OPTIONS);
    }

    /**
     * Ends a process as a service manager does: with SIGTERM, then with SIGKILL if that takes too long.
     *
     * @return whether SIGTERM was enough
     */
    public static boolean end(Process process) {
        process.destroy();
        try {
            return process.waitFor(END_TIMEOUT_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            process.destroyForcibly();
            RUNNING.remove(process);
        }
    }

    /** Ends a process with SIGKILL. */
    static void kill(Process process) {
        process.destroyForcibly();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        RUNNING.remove(process);
    }

    /** Sends a process a signal, such as STOP. */
    static void signal(Process process, String name) {
        try {
            int status = new ProcessBuilder("sh", "-c", "kill -" + name + " " + process.pid())
                    .inheritIO()
                    .start()
                    .waitFor();
            if (status != 0) {
                throw new IllegalStateException("Cannot send SIG" + name + " to process " + process.pid());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while sending SIG" + name, e);
        }
    }

    /** A state of another process. */
    @FunctionalInterface
    interface Condition {
        boolean holds() throws IOException, InterruptedException;
    }

    /** Stops a process by SIGSTOP, and returns once each of its threads stands still: a signal takes its time to reach them. */
    static void freeze(Process process) {
        signal(process, "STOP");
        try {
            await("the process stands still", FREEZE_TIMEOUT, POLL_INTERVAL, () -> isFrozen(process.pid()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isFrozen(long pid) throws IOException {
        try (Stream<Path> threads = Files.list(Path.of("/proc/" + pid + "/task"))) {
            for (Path thread : threads.toList()) {
                String stat = Files.readString(thread.resolve("stat"));
                // The state follows the name, which may hold blanks and brackets.
                if (stat.charAt(stat.lastIndexOf(')') + 2) != 'T') {
                    return false;
                }
            }
            return true;
        } catch (NoSuchFileException e) {
            return false; // A thread that has just ended.
        }
    }

    /** Checks at this interval until a condition in another process holds; fails if that takes too long. */
    static void await(String what, Duration timeout, Duration interval, Condition condition) throws IOException {
        long begin = System.nanoTime();
        try {
            while (!condition.holds()) {
                if (System.nanoTime() - begin > timeout.toNanos()) {
                    throw new IOException("Waited " + timeout + " in vain until " + what);
                }
                Thread.sleep(interval);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted before " + what, e);
        }
    }

    private static void endAll() {
        ending = true;
        RUNNING.forEach(Process::destroy);
        RUNNING.forEach(Programs::end);
    }
}
