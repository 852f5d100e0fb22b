// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench.cluster;

import dev.bellhop.bench.measure.Benchmark;
import dev.bellhop.bench.measure.Measurement;
import dev.bellhop.bench.measure.Measurement.Target;
import dev.bellhop.bench.measure.Samples;
import dev.bellhop.bench.measure.Setting;
import dev.bellhop.bench.server.BenchServer;
import dev.bellhop.bench.server.RawHttp;
import dev.bellhop.testkit.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * (q): two API servers and 100 nodes with 1,000 VMs each, all of them switched off. The nodes are the real ones, in one process. What
 * NATS and an API server take, how long a page of VMs takes, and how long until all nodes answer once NATS was killed.
 */
public final class LargeCluster implements Benchmark {
    private static final int NODES = 100;
    private static final int VMS_PER_NODE = 1_000;
    private static final int PAGES = 1_000;
    private static final int WARM_UP = 500;
    private static final int VMS_PER_PAGE = 100;
    private static final Pattern NEXT = Pattern.compile("\"nextCursor\":\"([^\"]+)\"");
    private static final long JOIN_MILLIS = 180_000;
    private static final long BACK_MILLIS = 60_000;

    @Override
    public List<Measurement> run(Setting setting) throws Exception {
        Path folder = Files.createDirectory(setting.scratch().resolve("nodes"));
        try (BenchCluster cluster = BenchCluster.start(setting, setting.disk().resolve("large-cluster"))) {
            long begin = System.nanoTime();
            Process nodes = Programs.start(folder, folder.resolve("nodes.log"), command(setting, cluster, folder));
            cluster.with(() -> Programs.end(nodes));
            try (RawHttp a = RawHttp.connect(cluster.a().address(), cluster.adminKey())) {
                awaitAll(a, JOIN_MILLIS);
                double joined = seconds(begin);
                Samples pages = pages(a);
                double back = back(cluster, a);
                return List.of(
                        Measurement.alone(joined, "q", "until 100 nodes with 1,000 VMs each have joined", "s", null),
                        Measurement.alone(
                                BenchServer.residentMegabytes(cluster.nats().pid()),
                                "q",
                                "NATS resident",
                                "MB",
                                Target.atMost(64)),
                        Measurement.alone(
                                cluster.a().residentMegabytes(), "q", "API server resident", "MB", Target.atMost(512)),
                        Measurement.alone(
                                pages.millisAt(0.99), "q", "a page of 100 VMs, p99", "ms", Target.atMost(200)),
                        Measurement.alone(
                                back, "q", "until all nodes answer after NATS was killed", "s", Target.atMost(10)));
            }
        }
    }

    private static List<String> command(Setting setting, BenchCluster cluster, Path folder) throws Exception {
        List<String> command = new ArrayList<>(setting.jvm());
        command.addAll(List.of(
                "-Xmx3g",
                "-cp",
                setting.root().resolve("cli/target/bellhop/lib") + "/*:" + System.getProperty("java.class.path"),
                ManyNodes.class.getName()));
        for (int node = 0; node < NODES; node++) {
            Path own = Files.createDirectory(folder.resolve("node-" + node));
            Map<Long, Path> sockets = new HashMap<>();
            for (long vm = 1; vm <= VMS_PER_NODE; vm++) {
                long vmid = (long) node * VMS_PER_NODE + vm;
                sockets.put(vmid, own.resolve(vmid + ".qga"));
            }
            Path configuration = own.resolve("node.yaml");
            Files.writeString(
                    configuration,
                    "data: " + own.resolve("data") + "\n" + cluster.node("host-" + node) + "hypervisors:\n  - "
                            + BenchServer.qemu(sockets) + "\n");
            command.add(configuration.toString());
        }
        return command;
    }

    /** Until one VM of each node is told of by its node. */
    private static void awaitAll(RawHttp http, long longest) throws Exception {
        long end = System.currentTimeMillis() + longest;
        for (int node = 0; node < NODES; ) {
            long vm = (long) node * VMS_PER_NODE + 1;
            RawHttp.Answer answer = http.get("/api/v2/vps/" + vm);
            if (answer.body().contains("\"availability\":") && !answer.body().contains("\"node_unreachable\"")) {
                node++;
            } else if (System.currentTimeMillis() > end) {
                throw new IOException("Node " + node + " does not answer: " + answer.body());
            } else {
                Thread.sleep(20);
            }
        }
    }

    /** All pages one after the other, and from the beginning again. */
    private static Samples pages(RawHttp http) throws IOException {
        Samples samples = new Samples();
        String cursor = "";
        for (int i = 0; i < WARM_UP + PAGES; i++) {
            long begin = System.nanoTime();
            String body = http.get("/api/v2/vps?limit=" + VMS_PER_PAGE + cursor)
                    .expect(200)
                    .body();
            if (i >= WARM_UP) {
                samples.add(System.nanoTime() - begin);
            }
            if (body.contains("\"node_unreachable\"")) {
                throw new IOException("A node does not answer: " + body);
            }
            Matcher next = NEXT.matcher(body);
            cursor = next.find() ? "&cursor=" + next.group(1) : "";
        }
        return samples;
    }

    private static double back(BenchCluster cluster, RawHttp http) throws Exception {
        cluster.nats().kill();
        Thread.sleep(5_000); // So long that all have noticed.
        cluster.nats().startAgain();
        long begin = System.nanoTime();
        awaitAll(http, BACK_MILLIS);
        return seconds(begin);
    }

    private static double seconds(long begin) {
        return (System.nanoTime() - begin) / 1e9;
    }
}
