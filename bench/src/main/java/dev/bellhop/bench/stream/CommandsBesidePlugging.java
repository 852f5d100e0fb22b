// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench.stream;

import dev.bellhop.bench.measure.Benchmark;
import dev.bellhop.bench.measure.Interleaved.Step;
import dev.bellhop.bench.measure.Measurement;
import dev.bellhop.bench.measure.Measurement.Target;
import dev.bellhop.bench.measure.Samples;
import dev.bellhop.bench.measure.Setting;
import dev.bellhop.bench.server.BenchServer;
import dev.bellhop.bench.server.BenchVm;
import dev.bellhop.bench.server.CommandClient;
import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ExecCommand;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.GuestAgentOptions;
import dev.bellhop.server.hypervisor.StreamPort;
import dev.bellhop.server.hypervisor.StreamPorts;
import dev.bellhop.server.hypervisor.StreamSocketFolder;
import dev.bellhop.server.hypervisor.VirtualMachine;
import dev.bellhop.server.hypervisor.libvirt.AssignedVmids;
import dev.bellhop.server.hypervisor.libvirt.LibvirtHypervisor;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.testkit.GuestImage;
import dev.bellhop.testkit.RealLibvirt;
import dev.bellhop.testkit.RealVm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import org.opentest4j.TestAbortedException;

/**
 * (x): how late commands are in a real VM while ports for streams are plugged into it and unplugged again, under QEMU and under libvirt. A
 * command is as late as it takes longer than the median of those while nothing is plugged. Beside the agent's bare calls for a session and a
 * subshell, before and after in the same VM, while as many ports come and go; and in a guest in which no udev looks at new ports.
 */
public final class CommandsBesidePlugging implements Benchmark {
    private static final int VM = 10011;
    private static final String DOMAIN = "plugged";
    private static final int WARM_UP = 300;
    private static final int TURNS = 4;

    /** In a turn: 20 in all. */
    private static final int PLUGS = 5;

    /** So that commands begin before, within and after each change. */
    private static final long BETWEEN_CHANGES_MILLIS = 150;

    private static final Duration TIMEOUT = Duration.ofMinutes(1);
    private static final double LATEST_MILLIS = 100;
    private static final ExecCommand IN_SESSION = ExecCommand.of("setsid", "/bin/sh", "-c", "(true); exit 0");

    @Override
    public List<Measurement> run(Setting setting) throws Exception {
        List<Measurement> all = new ArrayList<>(underQemu(setting, GuestImage.SMALL, "QEMU, no udev"));
        all.addAll(underQemu(setting, GuestImage.DEBIAN, "QEMU"));
        try {
            all.addAll(underLibvirt(setting));
        } catch (TestAbortedException e) {
            System.err.println("==> Left out: " + e.getMessage());
        }
        return all;
    }

    private static List<Measurement> underQemu(Setting setting, GuestImage image, String name) throws Exception {
        Path folder = Files.createDirectory(setting.scratch().resolve("plug-" + image));
        try (RealVm vm = RealVm.start(VM, image, folder);
                // A monitor serves one client: this one.
                BenchVm plugged = BenchVm.of(vm, VM, folder)) {
            String hypervisor =
                    "{type: qemu, vms: {" + VM + ": {agent: " + vm.sockets().agent() + "}}}";
            return measure(setting, name, hypervisor, plugged.vm());
        }
    }

    private static List<Measurement> underLibvirt(Setting setting) throws Exception {
        Path folder = setting.scratch().resolve("plug-libvirt");
        try (RealLibvirt libvirt = RealLibvirt.start(folder)) {
            libvirt.startDebian(DOMAIN);
            VmId vm = new VmId(VM);
            try (LibvirtHypervisor plugged = LibvirtHypervisor.start(
                    libvirt.uri(),
                    Map.of(vm, DOMAIN),
                    AssignedVmids.read(folder.resolve("vmids")),
                    GuestAgentOptions.defaults(),
                    new StreamSocketFolder(folder.resolve("streams")))) {
                String hypervisor = "{type: libvirt, streams: off, uri: '" + libvirt.uri() + "', vms: {" + VM + ": "
                        + DOMAIN + "}}";
                return measure(setting, "libvirt", hypervisor, plugged.find(vm).orElseThrow());
            }
        }
    }

    private static List<Measurement> measure(Setting setting, String name, String hypervisor, VirtualMachine plugged)
            throws Exception {
        StreamPorts ports = plugged.streamPorts().orElseThrow();
        Step bareCommand = () -> runBare(plugged.agent());
        Times bare = new Times(new Samples(), new Samples());
        Times own = new Times(new Samples(), new Samples());
        // A guest that has just booted has something left to do.
        repeat(WARM_UP, bareCommand);
        bare.measure(TURNS / 2, bareCommand, ports);
        try (BenchServer server = BenchServer.start(
                        setting.launcher(),
                        Files.createTempDirectory(setting.disk(), "plug"),
                        List.of(hypervisor),
                        Path.of("/var/tmp/spool"),
                        false);
                CommandClient commands = server.commands()) {
            Step command = () -> commands.runWaiting(VM, "true");
            repeat(WARM_UP, command);
            own.measure(TURNS, command, ports);
        }
        bare.measure(TURNS / 2, bareCommand, ports);
        double latest = own.latest();
        return List.of(
                own.besideQuiet(0.5, name),
                own.besideQuiet(0.99, name),
                new Measurement("x", name + ": the latest, beside bare ones", "ms", bare.latest(), latest, null, null),
                Measurement.alone(latest, "x", name + ": the latest", "ms", Target.atMost(LATEST_MILLIS)));
    }

    /** The least that a supervised command takes: polled without a pause. */
    private static void runBare(GuestAgent agent) throws AgentException {
        Deadline deadline = Deadline.after(TIMEOUT);
        long pid = agent.exec(IN_SESSION, deadline);
        while (!agent.execStatus(pid, deadline).exited()) {
            // It still runs.
        }
    }

    /** How long commands take while nothing is plugged, and while ports come and go; in turns. */
    private record Times(Samples quiet, Samples plugging) {
        void measure(int turns, Step command, StreamPorts ports) throws Exception {
            for (int turn = 0; turn < turns; turn++) {
                quiet.addAll(commandsBeside(command, () -> Thread.sleep(2 * PLUGS * BETWEEN_CHANGES_MILLIS)));
                plugging.addAll(commandsBeside(command, () -> plugAndUnplug(ports)));
            }
        }

        double latest() {
            return plugging.millisAt(1) - quiet.millisAt(0.5);
        }

        Measurement besideQuiet(double fraction, String name) {
            return new Measurement(
                    "x",
                    name + ": a command while ports come and go, p" + Math.round(100 * fraction),
                    "ms",
                    quiet.millisAt(fraction),
                    plugging.millisAt(fraction),
                    null,
                    null);
        }
    }

    private static void repeat(int runs, Step command) throws Exception {
        for (int i = 0; i < runs; i++) {
            command.run();
        }
    }

    private static void plugAndUnplug(StreamPorts ports) throws Exception {
        for (int i = 0; i < PLUGS; i++) {
            StreamPort port = ports.plug(Deadline.after(TIMEOUT));
            Thread.sleep(BETWEEN_CHANGES_MILLIS);
            port.unplug(Deadline.after(TIMEOUT));
            Thread.sleep(BETWEEN_CHANGES_MILLIS);
        }
    }

    /** One command after the other until the other work has ended; none is lost, or this fails. */
    private static Samples commandsBeside(Step command, Step other) throws Exception {
        AtomicBoolean isOver = new AtomicBoolean();
        Samples samples = new Samples();
        FutureTask<?> all = new FutureTask<>(() -> {
            while (!isOver.get()) {
                long begin = System.nanoTime();
                command.run();
                samples.add(System.nanoTime() - begin);
            }
            return null;
        });
        Thread.startVirtualThread(all);
        try {
            other.run();
        } finally {
            isOver.set(true);
            all.get();
        }
        if (samples.count() == 0) {
            throw new IOException("No command ran meanwhile");
        }
        return samples;
    }
}
