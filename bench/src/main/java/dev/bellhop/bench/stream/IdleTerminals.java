// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench.stream;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.TerminalConnection;
import dev.bellhop.api.v2.terminal.CreateTerminal;
import dev.bellhop.bench.measure.Benchmark;
import dev.bellhop.bench.measure.Measurement;
import dev.bellhop.bench.measure.Measurement.Target;
import dev.bellhop.bench.measure.Setting;
import dev.bellhop.bench.server.Agents;
import dev.bellhop.bench.server.BenchServer;
import dev.bellhop.testkit.GuestImage;
import dev.bellhop.testkit.RealAgent;
import dev.bellhop.testkit.RealVm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** (v): what 50 terminals cost the server in which nobody types, each with somebody who looks at it: over a stream, and by the agent's calls. */
public final class IdleTerminals implements Benchmark {
    private static final int TERMINALS = 50;
    private static final int AGENTS = 10;
    private static final long VM = 10009;

    /** A terminal is looked at more often in the first three minutes of quiet. */
    private static final long SETTLE_MILLIS = 190_000;

    private static final long MEASURE_MILLIS = 30_000;
    private static final String LIMITS = "terminals: {perVm: 50, perKey: 100}\n";
    private static final CreateTerminal IDLE = new CreateTerminal(80, 24, null, "exec cat", null, null, null);

    @Override
    public List<Measurement> run(Setting setting) throws Exception {
        List<Measurement> all = new ArrayList<>();
        Path folder = Files.createDirectory(setting.scratch().resolve("terminals"));
        try (RealVm vm = RealVm.start((int) VM, GuestImage.DEBIAN, folder)) {
            all.add(measured(
                    setting,
                    "idle-stream",
                    "{type: qemu, vms: {" + VM + ": " + vm.sockets().toYaml() + "}}",
                    Path.of("/var/tmp/spool"),
                    List.of(VM),
                    "50 idle terminals over a stream"));
        }
        List<RealAgent> agents = Agents.startAll(folder, 1, AGENTS);
        try {
            Map<Long, Path> sockets = new HashMap<>();
            agents.forEach(agent -> sockets.put(sockets.size() + 1L, agent.socket()));
            all.add(measured(
                    setting,
                    "idle-agents",
                    BenchServer.qemu(sockets),
                    setting.spool(),
                    List.copyOf(sockets.keySet()),
                    "50 idle terminals on 10 agents"));
        } finally {
            agents.forEach(RealAgent::close);
        }
        return all;
    }

    private static Measurement measured(
            Setting setting, String name, String hypervisor, Path spool, List<Long> vms, String what) throws Exception {
        List<TerminalConnection> open = new ArrayList<>();
        try (BenchServer server = BenchServer.start(
                        setting.launcher(),
                        setting.disk().resolve(name),
                        LIMITS + BenchServer.configuration(List.of(hypervisor), spool),
                        false);
                BellhopClient client = server.client()) {
            for (int i = 0; i < TERMINALS; i++) {
                open.add(enter(client, vms.get(i % vms.size())));
            }
            Thread.sleep(SETTLE_MILLIS);
            double before = server.cpuMicros();
            long begin = System.nanoTime();
            Thread.sleep(MEASURE_MILLIS);
            double micros = server.cpuMicros() - before;
            double percent = 100 * micros / ((System.nanoTime() - begin) / 1e3);
            requireAll(client, vms);
            return Measurement.alone(percent, "v", what, "% of a core", Target.atMost(3));
        } finally {
            open.forEach(TerminalConnection::close);
        }
    }

    private static TerminalConnection enter(BellhopClient client, long vm) throws Exception {
        var ticket = Objects.requireNonNull(client.terminals().open(vm, IDLE).ticket());
        return client.terminals().enter(ticket, 0L, bytes -> {});
    }

    private static void requireAll(BellhopClient client, List<Long> vms) throws Exception {
        long count = 0;
        for (long vm : vms) {
            count += client.terminals().list(vm).items().stream()
                    .filter(terminal -> terminal.state().equals("open") && terminal.viewers() == 1)
                    .count();
        }
        if (count != TERMINALS) {
            throw new IOException("Only " + count + " terminals are still open");
        }
    }
}
