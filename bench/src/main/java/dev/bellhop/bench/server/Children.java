// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench.server;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Helpers for other processes. */
public final class Children {
    private static final double MILLIS_PER_TICK = 10;

    /** Of user and system, its own and that of children that have ended: after the name, see proc_pid_stat(5). */
    private static final int FIRST_TIME = 11;

    private static final int TIMES = 4;

    private Children() {}

    /** The processor time that a process has used so far, in microseconds. */
    public static double cpuMicros(Process process) {
        return process.info().totalCpuDuration().orElseThrow().toNanos() / 1e3;
    }

    /**
     * As the other, with that of its children, those that have ended included; in milliseconds. From {@code /proc}, in ticks of a
     * hundredth of a second.
     */
    public static double cpuMillisWithChildren(long pid) {
        return ticks(pid) * MILLIS_PER_TICK
                + ProcessHandle.of(pid).stream()
                        .flatMap(ProcessHandle::descendants)
                        .mapToDouble(child -> ticks(child.pid()) * MILLIS_PER_TICK)
                        .sum();
    }

    private static long ticks(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"), StandardCharsets.ISO_8859_1);
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            return Stream.of(fields)
                    .skip(FIRST_TIME)
                    .limit(TIMES)
                    .mapToLong(Long::parseLong)
                    .sum();
        } catch (IOException e) {
            return 0; // It has ended, and its parent has its time.
        }
    }

    /** Runs a program to its end and returns its stdout. Its stderr is ours. */
    public static String output(List<String> command) throws IOException {
        return output(command, Map.of());
    }

    /**
     * As the other, with more variables.
     *
     * @param environment variables that are added to ours
     */
    public static String output(List<String> command, Map<String, String> environment) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().putAll(environment);
        Process process = builder.start();
        try {
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int status = process.waitFor();
            if (status != 0) {
                throw new IOException("Cannot run " + command.getFirst() + ": it exited with " + status);
            }
            return output;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } finally {
            process.destroyForcibly();
        }
    }
}
