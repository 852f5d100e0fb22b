// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.support;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * What a process takes of this machine.
 *
 * @param residentKib memory that it has now
 * @param peakKib the most that it has had
 * @param processor time on processors since it began
 */
public record ProcessUsage(long residentKib, long peakKib, Duration processor) {
    public static ProcessUsage of(long pid) throws IOException {
        Duration processor = ProcessHandle.of(pid)
                .flatMap(each -> each.info().totalCpuDuration())
                .orElseThrow();
        return new ProcessUsage(line(pid, "VmRSS:"), line(pid, "VmHWM:"), processor);
    }

    private static long line(long pid, String name) throws IOException {
        return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
                .filter(line -> line.startsWith(name))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }
}
