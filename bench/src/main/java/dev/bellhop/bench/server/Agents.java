// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench.server;

import dev.bellhop.testkit.RealAgent;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.LongStream;

/** Real agents that stand for VMs, each in its own folder. */
public final class Agents {
    private Agents() {}

    public static RealAgent start(Path folder, long vmid) throws IOException {
        return startAll(folder, vmid, 1).getFirst();
    }

    /** Starts this many agents, with vmids from the first one up; returns once all accept connections. */
    public static List<RealAgent> startAll(Path folder, long firstVmid, int count) throws IOException {
        return RealAgent.startAll(folders(folder, firstVmid, count));
    }

    /** Starts this many agents, with vmids from 1 up, each with a spool of its own behind one path. */
    public static List<RealAgent> startAll(Path folder, int count, Path spool) throws IOException {
        return RealAgent.startAll(folders(folder, 1, count), spool);
    }

    private static List<Path> folders(Path folder, long firstVmid, int count) {
        return LongStream.range(firstVmid, firstVmid + count)
                .mapToObj(vmid -> folder.resolve("agent-" + vmid))
                .toList();
    }
}
