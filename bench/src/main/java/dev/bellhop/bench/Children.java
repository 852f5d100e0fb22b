// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Helpers for other processes. */
final class Children {
    private Children() {}

    /** The processor time that a process has used so far, in microseconds. */
    static double cpuMicros(Process process) {
        return process.info().totalCpuDuration().orElseThrow().toNanos() / 1e3;
    }

    /** Runs a program to its end and returns its stdout. Its stderr is ours. */
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
