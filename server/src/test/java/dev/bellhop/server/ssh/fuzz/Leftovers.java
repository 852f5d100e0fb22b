// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.fuzz;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.HotSpotDiagnosticMXBean.ThreadDumpFormat;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What this process, a server in it, holds on to.
 *
 * @param threads of the operating system
 * @param serving stacks of the virtual threads that serve SSH clients; threads that wait for a guest after its client has left are not
 *     included
 * @param files open, connections among them
 * @param agentFiles the same of a guest's agent
 * @param heap bytes that are in use, where it was asked for
 */
record Leftovers(int threads, List<String> serving, long files, long agentFiles, long heap) {
    private static final Pattern SERVING =
            Pattern.compile("\"(ssh-(command|stdin|aside|cancel|forward|forward-in)|sftp[a-z-]*)\".*+(?:\n +.*+)*+");

    /** @param scratch an empty folder */
    static Leftovers now(Path scratch, long agentPid) throws IOException {
        return new Leftovers(
                ManagementFactory.getThreadMXBean().getThreadCount(),
                serving(scratch),
                files("self"),
                files(Long.toString(agentPid)),
                0);
    }

    Leftovers withHeap() {
        System.gc();
        long used = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
        return new Leftovers(threads, serving, files, agentFiles, used);
    }

    private static List<String> serving(Path scratch) throws IOException {
        Path dump = scratch.resolve("threads");
        Files.deleteIfExists(dump);
        ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
                .dumpThreads(dump.toString(), ThreadDumpFormat.TEXT_PLAIN);
        return SERVING.matcher(Files.readString(dump))
                .results()
                .map(MatchResult::group)
                .toList();
    }

    private static long files(String process) throws IOException {
        try (Stream<Path> all = Files.list(Path.of("/proc", process, "fd"))) {
            return all.count();
        }
    }
}
