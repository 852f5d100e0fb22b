// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.bellhop.api.v2.execution.CreateExecution;
import dev.bellhop.api.v2.execution.ExecutionView;
import dev.bellhop.e2e.support.GuestAccess;
import dev.bellhop.e2e.support.TestBed;
import dev.bellhop.e2e.support.VmCommands;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * A VM is reset while commands run in it. Its guest is all in memory, so nothing of them is left, and their pids go to other
 * processes.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Tag("real")
@Tag("vm")
@Tag("full")
class ResetInTheMiddleTest {
    private static final int COMMANDS = 5;

    private TestBed bed;
    private VmCommands commands;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        bed = TestBed.start(folder);
        commands = new VmCommands(bed.v2());
    }

    @AfterAll
    void stop() throws Exception {
        if (bed != null) {
            commands.close();
            bed.close();
        }
    }

    @Test
    void whatRanIsLostAndAReusedPidKeepsItsOutput() throws Exception {
        ExecutionView ended =
                commands.awaitEnd(commands.start("echo ended before").id());
        List<ExecutionView> running = startSome();

        bed.vm().reset();
        Set<Long> wanted = pids(running);
        List<ExecutionView> after = new ArrayList<>();
        // The server asks the guest in between, which takes pids too.
        await().atMost(Duration.ofMinutes(2)).until(() -> {
            for (long pid : wanted) {
                commands.run(GuestAccess.nextPid(pid));
                after.add(commands.awaitEnd(commands.start("echo after").id()));
            }
            return pids(after).stream().anyMatch(wanted::contains);
        });

        assertLost(running);
        assertThat(after).allSatisfy(one -> {
            assertThat(one.state()).isEqualTo("exited");
            assertThat(commands.stdout(one.id())).isEqualTo("after\n");
        });
        assertThat(commands.awaitEnd(ended.id()).state()).isEqualTo("exited");
        assertThat(commands.stdout(ended.id())).isEqualTo("ended before\n");
    }

    @Test
    void aProcessOfSomebodyElseUnderItsPidIsNotTakenForIt() throws Exception {
        List<ExecutionView> running = startSome();
        Set<Long> wanted = pids(running);

        bed.server().kill();
        bed.vm().reset();
        try (var guest = new GuestAccess(bed.vm().sockets().agent())) {
            for (long pid : wanted) {
                // The guest may start something of its own in between.
                await().atMost(Duration.ofMinutes(2)).until(() -> {
                    guest.run(GuestAccess.nextPid(pid));
                    return guest.start("echo foreign") == pid;
                });
            }
        }
        bed.server().startAgain();

        assertLost(running);
    }

    /** Commands that run, with their output so far received. */
    private List<ExecutionView> startSome() throws Exception {
        List<ExecutionView> running = new ArrayList<>();
        for (int i = 0; i < COMMANDS; i++) {
            running.add(commands.startAndAwait(
                    CreateExecution.command("echo " + i + " before; sleep 1000").build(), i + " before\n"));
        }
        return running;
    }

    private void assertLost(List<ExecutionView> running) throws Exception {
        for (int i = 0; i < COMMANDS; i++) {
            ExecutionView end = commands.awaitEnd(running.get(i).id());
            assertThat(end.state()).as("%s", end).isEqualTo("lost");
            assertThat(end.reason()).isEqualTo("guest_restarted");
            assertThat(end.exitCode()).isNull();
            assertThat(commands.stdout(end.id())).isEqualTo(i + " before\n");
        }
    }

    private static Set<Long> pids(List<ExecutionView> executions) {
        Set<Long> pids = new HashSet<>();
        executions.forEach(one -> pids.add(one.pid()));
        return pids;
    }
}
