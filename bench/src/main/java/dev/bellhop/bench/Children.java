// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** The processes that the benchmarks start. Whatever runs when this JVM ends, for whatever reason, is ended with it. */
final class Children {
    private static final long PATIENCE_SECONDS = 10;
    private static final Set<Process> RUNNING = ConcurrentHashMap.newKeySet();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(Children::endAll, "end-children"));
    }

    private Children() {}

    /** Starts a process that reads nothing and whose output goes to the end of a file. */
    static Process start(Path folder, Path log, List<String> command) throws IOException {
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
        RUNNING.add(process);
        return process;
    }

    /** Ends a process and waits until it has ended. */
    static void end(Process process) {
        process.destroy();
        try {
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        RUNNING.remove(process);
    }

    /** The processor time that a process has used so far, in microseconds. */
    static double cpuMicros(Process process) {
        return process.info().totalCpuDuration().orElseThrow().toNanos() / 1e3;
    }

    /** That a program was run and did not succeed. */
    static final class Failed extends IOException {
        private static final long serialVersionUID = 1L;

        private final int status;

        Failed(String program, int status) {
            super("Cannot run " + program + ": it exited with " + status);
            this.status = status;
        }

        int status() {
            return status;
        }
    }

    /** Runs a program to its end, for what it prints on stdout. Its stderr is ours. */
    static String output(List<String> command) throws IOException {
        return output(command, Map.of());
    }

    /** @param environment variables that are added to ours */
    static String output(List<String> command, Map<String, String> environment) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().putAll(environment);
        Process process = builder.start();
        RUNNING.add(process);
        try {
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int status = process.waitFor();
            if (status != 0) {
                throw new Failed(command.getFirst(), status);
            }
            return output;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } finally {
            end(process);
        }
    }

    private static void endAll() {
        RUNNING.forEach(Process::destroy);
        RUNNING.forEach(Children::end);
    }
}
