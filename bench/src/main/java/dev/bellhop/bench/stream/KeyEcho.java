// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.bench.stream;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.TerminalConnection;
import dev.bellhop.api.v2.terminal.CreateTerminal;
import dev.bellhop.bench.floor.BarePort;
import dev.bellhop.bench.measure.Benchmark;
import dev.bellhop.bench.measure.Interleaved;
import dev.bellhop.bench.measure.Interleaved.Step;
import dev.bellhop.bench.measure.Interleaved.Timing;
import dev.bellhop.bench.measure.Measurement;
import dev.bellhop.bench.measure.Setting;
import dev.bellhop.bench.server.Agents;
import dev.bellhop.bench.server.BenchServer;
import dev.bellhop.bench.server.BenchVm;
import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ExecCommand;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.GuestAgentOptions;
import dev.bellhop.qga.client.AgentClient;
import dev.bellhop.testkit.GuestImage;
import dev.bellhop.testkit.RealAgent;
import dev.bellhop.testkit.RealVm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * (s): how long until a key that is typed into a terminal is back, by the server's WebSocket: over a stream into a real VM, and by the agent's
 * calls there and on a socket. Beside a byte through a bare port with {@code cat} at its other end; and beside the bare calls that put a byte
 * into a FIFO and read it from the file into which a {@code cat} copies it.
 */
public final class KeyEcho implements Benchmark {
    private static final int VM = 10005;
    private static final long SOCKET = 1;
    private static final int BLOCKS = 10;
    private static final int RUNS = 50;
    private static final int WARM_UP = 300;
    private static final Duration TIMEOUT = Duration.ofMinutes(1);
    private static final byte KEY = 'k';

    /** The terminal itself gives nothing back, the command does: one byte for one. */
    private static final CreateTerminal TERMINAL =
            new CreateTerminal(80, 24, null, "stty raw -echo && printf r && exec cat", null, null, null);

    @Override
    public List<Measurement> run(Setting setting) throws Exception {
        List<Measurement> all = new ArrayList<>();
        Path folder = Files.createDirectory(setting.scratch().resolve("echo"));
        try (RealVm vm = RealVm.start(VM, GuestImage.DEBIAN, folder)) {
            String listed = "{type: qemu, streams: %s, vms: {" + VM + ": "
                    + vm.sockets().toYaml() + "}}";
            BarePort opened;
            // An agent serves one client at a time.
            try (BenchVm own = BenchVm.of(vm, VM, folder)) {
                opened = BarePort.open(own.vm(), "exec cat");
            }
            try (BarePort port = opened;
                    BenchServer server = server(setting, "echo-stream", listed.formatted("auto"))) {
                all.addAll(against(
                        () -> {
                            port.send(KEY);
                            port.receive();
                        },
                        server,
                        VM,
                        "a key's echo over a stream, real VM"));
            }
            Timing before = bare(vm.sockets().agent(), "/var/tmp/echo", BLOCKS / 2);
            Timing calls;
            try (BenchServer server = server(setting, "echo-vm", listed.formatted("off"));
                    Typist typist = Typist.open(server, VM)) {
                calls = Interleaved.run(BLOCKS, RUNS, List.of(typist::type)).getFirst();
            }
            Timing floor = bare(vm.sockets().agent(), "/var/tmp/echo", BLOCKS / 2);
            floor.all().addAll(before.all());
            floor.blockMedians().addAll(before.blockMedians());
            all.addAll(rows(calls, floor, "a key's echo by the agent, real VM"));
        }
        Path there = Files.createDirectory(setting.memory().resolve("echo"));
        try (RealAgent agent = Agents.start(folder, SOCKET);
                RealAgent other = Agents.start(folder, SOCKET + 1);
                BareCalls bare =
                        BareCalls.open(other.socket(), there.resolve("echo").toString());
                BenchServer server = server(setting, "echo-socket", BenchServer.qemu(Map.of(SOCKET, agent.socket())))) {
            all.addAll(against(bare::echo, server, SOCKET, "a key's echo by the agent, socket"));
        }
        return all;
    }

    private static BenchServer server(Setting setting, String name, String hypervisor) throws IOException {
        return BenchServer.start(
                setting.launcher(), setting.disk().resolve(name), List.of(hypervisor), setting.spool(), false);
    }

    private static List<Measurement> against(Step floor, BenchServer server, long vm, String what) throws Exception {
        try (Typist typist = Typist.open(server, vm)) {
            List<Step> ways = List.of(floor, typist::type);
            Interleaved.warmUp(WARM_UP, ways);
            List<Timing> timings = Interleaved.run(BLOCKS, RUNS, ways);
            return rows(timings.get(1), timings.get(0), what);
        }
    }

    private static List<Measurement> rows(Timing value, Timing floor, String what) {
        return List.of(value.against(floor, 0.5, "s", what, null), value.against(floor, 0.99, "s", what, null));
    }

    private static Timing bare(Path agent, String folder, int blocks) throws Exception {
        try (BareCalls bare = BareCalls.open(agent, folder)) {
            Interleaved.warmUp(1, List.of(bare::echo));
            return Interleaved.run(blocks, RUNS, List.of(bare::echo)).getFirst();
        }
    }

    /** Whoever sits at a terminal and looks at each key. */
    private record Typist(BellhopClient client, TerminalConnection connection, LinkedBlockingQueue<Integer> printed)
            implements AutoCloseable {
        static Typist open(BenchServer server, long vm) throws Exception {
            BellhopClient client = server.client();
            LinkedBlockingQueue<Integer> printed = new LinkedBlockingQueue<>();
            TerminalConnection connection = client.terminals()
                    .enter(
                            Objects.requireNonNull(
                                    client.terminals().open(vm, TERMINAL).ticket()),
                            0L,
                            bytes -> {
                                try {
                                    printed.put(bytes.length);
                                } catch (InterruptedException e) {
                                    throw new IOException(e);
                                }
                            });
            Typist typist = new Typist(client, connection, printed);
            typist.see();
            return typist;
        }

        void type() throws Exception {
            connection.type(new byte[] {KEY});
            see();
        }

        private void see() throws Exception {
            Integer count = printed.poll(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
            if (count == null || count != 1) {
                throw new IOException("Expected one byte, got " + count);
            }
        }

        @Override
        public void close() {
            connection.close();
            client.close();
        }
    }

    /** The least that the agent's calls take: one that writes, and one that reads until something is there. */
    private record BareCalls(GuestAgent agent, long in, long out) implements AutoCloseable {
        static BareCalls open(Path socket, String folder) throws Exception {
            // Two shells: one keeps the agent's pipes until it starts something, and the agent waits for their end.
            GuestAgent agent = AgentClient.onUnixSocket(socket, GuestAgentOptions.defaults());
            long pid = agent.exec(
                    ExecCommand.of(
                            "sh",
                            "-c",
                            "rm -rf \"$0\" && mkdir \"$0\" && cd \"$0\" && mkfifo in && : >out && (sh -c 'exec cat <in' >out 2>&1 &) && exit 0",
                            folder),
                    deadline());
            while (!agent.execStatus(pid, deadline()).exited()) {
                Thread.sleep(10);
            }
            return new BareCalls(
                    agent,
                    agent.fileOpen(folder + "/in", "w", deadline()),
                    agent.fileOpen(folder + "/out", "r", deadline()));
        }

        private static Deadline deadline() {
            return Deadline.after(TIMEOUT);
        }

        void echo() throws Exception {
            agent.fileWrite(in, new byte[] {KEY}, deadline());
            agent.fileFlush(in, deadline());
            while (agent.fileRead(out, 16, deadline()).data().length == 0) {
                // Not yet there.
            }
        }

        @Override
        public void close() throws AgentException {
            agent.fileClose(in, deadline());
            agent.fileClose(out, deadline());
            agent.close();
        }
    }
}
