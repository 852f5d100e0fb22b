// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.GuestAgentOptions;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExitStatus;
import dev.bellhop.server.execution.OutputStreamName;
import dev.bellhop.server.execution.TestExecutions;
import dev.bellhop.server.execution.store.MemoryStore;
import dev.bellhop.server.hypervisor.qemu.QemuHypervisor;
import dev.bellhop.server.hypervisor.qemu.VmSockets;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.testkit.RealAgent;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many commands at once on many real agents: each has its own result, and none another's. */
@Tag("real")
class ManyExecutionsTest {
    private static final int AGENTS = 20;
    private static final int COMMANDS = 200;

    @TempDir
    private Path folder;

    @Test
    void noTwoResultsOfTheAgentAreSwapped() throws Exception {
        noneIsSwapped(TestExecutions.DIRECT);
    }

    @Test
    void noTwoResultsOfTheSupervisorAreSwapped() throws Exception {
        noneIsSwapped(TestExecutions.supervised(folder.resolve("spool")));
    }

    private void noneIsSwapped(ExecutionSettings settings) throws Exception {
        List<RealAgent> agents = new ArrayList<>();
        Map<VmId, VmSockets> sockets = new HashMap<>();
        try {
            for (int i = 1; i <= AGENTS; i++) {
                agents.add(RealAgent.start(Files.createDirectory(folder.resolve("a" + i))));
                sockets.put(new VmId(i), new VmSockets(agents.getLast().socket(), null, null));
            }
            MemoryStore store = new MemoryStore();
            try (QemuHypervisor hypervisor = QemuHypervisor.listed(sockets, GuestAgentOptions.defaults());
                    TestEngine executions = new TestEngine(store, hypervisor, settings)) {
                check(executions, store);
            }
        } finally {
            agents.forEach(RealAgent::close);
        }
    }

    private static void check(TestEngine executions, MemoryStore store) {
        Map<Integer, Execution> started = startAll(executions);
        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .until(() -> store.unfinished().isEmpty());
        started.forEach((n, execution) -> {
            Execution ended = store.find(execution.id()).orElseThrow();
            assertThat(ended.exit()).isEqualTo(new ExitStatus(n % 100, null));
            assertThat(text(store, ended, OutputStreamName.STDOUT)).isEqualTo("out-" + n + "\n");
            assertThat(text(store, ended, OutputStreamName.STDERR)).isEqualTo("err-" + n + "\n");
        });
    }

    private static Map<Integer, Execution> startAll(TestEngine executions) {
        Map<Integer, CompletableFuture<Execution>> starts = new HashMap<>();
        Map<Integer, Execution> started = new HashMap<>();
        try (var pool = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < COMMANDS; i++) {
                int n = i;
                VmId vm = new VmId(1 + i % AGENTS);
                String command = "echo out-" + n + "; echo err-" + n + " >&2; exit " + n % 100;
                starts.put(
                        n,
                        CompletableFuture.supplyAsync(
                                () -> executions.start(
                                        vm,
                                        TestExecutions.request(command, "0123456789ab"),
                                        Deadline.after(Duration.ofSeconds(60))),
                                pool));
            }
            starts.forEach((n, start) -> started.put(n, start.join()));
        }
        return started;
    }

    private static String text(MemoryStore store, Execution execution, OutputStreamName stream) {
        return new String(store.output(execution.id(), stream, 0, 1000), StandardCharsets.UTF_8);
    }
}
