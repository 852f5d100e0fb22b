// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.guest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.execution.ExecutionIds;
import dev.bellhop.server.execution.FakeVm;
import dev.bellhop.server.execution.script.Supervisors;
import dev.bellhop.server.execution.store.MemoryStore;
import dev.bellhop.server.hypervisor.VmDirectory;
import dev.bellhop.server.stream.OpenStreams;
import dev.bellhop.testkit.FakeAgent;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpoolCleanerWakeTest {
    @TempDir
    private Path folder;

    @Test
    void itWakesWhenThereAreManyToRemove() throws Exception {
        var removed = new CountDownLatch(1);
        var ids = new ExecutionIds(Clock.systemUTC());
        try (FakeAgent agent = FakeAgent.start(folder.resolve("qga.sock"));
                FakeVm vm = new FakeVm(agent.socket())) {
            agent.on("guest-exec", (request, wire) -> {
                if (request.arguments().contains(": remove")) {
                    removed.countDown();
                }
                wire.reply("{\"pid\": 5}");
            });
            agent.on("guest-exec-status", (request, wire) -> wire.reply("{\"exited\": true, \"exitcode\": 0}"));
            var supervisors = new Supervisors(GuestSettings.defaults().spool());
            var cleaner = new SpoolCleaner(
                    FakeVm.ID,
                    new VmDirectory(List.of(vm)),
                    supervisors,
                    new MemoryStore(),
                    new GuestScripts(
                            new GuestProcesses(
                                    new StreamedProcesses(FakeVm.ID, OpenStreams.NONE, new StreamReadiness())),
                            supervisors,
                            ids),
                    Duration.ofHours(1),
                    () -> false);
            for (int i = 0; i < 500; i++) {
                cleaner.removeLater(ids.next());
            }
            assertThat(removed.await(30, TimeUnit.SECONDS)).isTrue();
        }
    }
}
