// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench;

import dev.bellhop.bench.server.Children;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The machine that was measured. */
record Machine(
        String cpu,
        int cores,
        long memoryMegabytes,
        String kernel,
        String jdk,
        String qemu,
        String qemuGa,
        String disk) {

    static Machine here(Path disk) throws IOException {
        return new Machine(
                field(Path.of("/proc/cpuinfo"), "model name"),
                Runtime.getRuntime().availableProcessors(),
                Long.parseLong(field(Path.of("/proc/meminfo"), "MemTotal").replaceAll("\\D", "")) / 1024,
                System.getProperty("os.version"),
                System.getProperty("java.runtime.version"),
                firstLine("qemu-system-x86_64", "--version"),
                firstLine("qemu-ga", "--version"),
                Files.getFileStore(disk).type());
    }

    /** The load of the last minute, and how many processes are ready to run now. */
    static String load() throws IOException {
        String[] parts = Files.readString(Path.of("/proc/loadavg")).split("[ /]", -1);
        return parts[0] + " (running now: " + parts[3] + ")";
    }

    private static String field(Path file, String name) throws IOException {
        for (String line : Files.readAllLines(file)) {
            if (line.startsWith(name)) {
                return line.substring(line.indexOf(':') + 1).strip();
            }
        }
        return "unknown";
    }

    private static String firstLine(String... command) throws IOException {
        return Children.output(List.of(command)).lines().findFirst().orElse("unknown");
    }
}
