// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.bellhop.e2e.support.E2eServer;
import dev.bellhop.e2e.support.ProcessUsage;
import dev.bellhop.e2e.support.SshAccess;
import dev.bellhop.testkit.Checkout;
import dev.bellhop.testkit.RealAgent;
import dev.bellhop.testkit.VmSockets;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Many clients at the same time, all from one address: half of them have an idle terminal, a quarter run a command that waits for input,
 * and a quarter run a command that prints the time every second.
 */
@Timeout(900)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Tag("real")
@Tag("ssh")
@Tag("full")
@Tag("alone")
class SshCrowdTest {
    private static final int CLIENTS = 200;
    /** An agent takes one call at a time, and refuses starts that would wait for too long. */
    private static final int ARRIVING = 20;

    private static final int SECONDS = 30;
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    /** So that no VM has more terminals than it may. */
    private static final int VMS = 20;

    /** A VM whose agent has no other client. */
    private static final int ONE_MORE = VMS + 1;

    private Path folder;
    private List<RealAgent> agents;
    private E2eServer server;
    private SshAccess access;
    private final List<Process> clients = new ArrayList<>();

    @BeforeAll
    void start(@TempDir Path given) throws Exception {
        folder = given.toRealPath();
        agents = RealAgent.startAll(IntStream.rangeClosed(1, ONE_MORE)
                .mapToObj(vm -> folder.resolve("a" + vm))
                .toList());
        String vms = IntStream.rangeClosed(1, ONE_MORE)
                .mapToObj(vm -> vm + ": " + new VmSockets(agents.get(vm - 1).socket(), Optional.empty()).toYaml())
                .collect(Collectors.joining(", "));
        // What an operator sets for so many from one address, with one key.
        server = E2eServer.startOn(
                folder,
                SshAccess.door(", sessionsPerAddress: " + (CLIENTS + 10)) + "terminals: {perKey: " + CLIENTS + "}\n"
                        + "executions: {spool: " + folder.resolve("spool") + "}\n"
                        + "hypervisors: [{type: qemu, vms: {" + vms + "}}]\n",
                "-Xmx1792m");
        access = SshAccess.make(server, folder.resolve("ssh"));
    }

    @AfterAll
    void stop() {
        clients.forEach(Process::destroyForcibly);
        try {
            awaitNoCommand();
        } finally {
            server.close();
            agents.forEach(RealAgent::close);
        }
    }

    /** Commands that outlived the server would run on this machine for ever, and make all other tests slow. */
    private void awaitNoCommand() {
        await().atMost(PATIENCE).until(() -> access.bellhop("ps", "-q").isEmpty());
    }

    private Path out(int client) {
        return folder.resolve("out" + client);
    }

    private void come(int client) throws IOException {
        String vm = (1 + client % VMS) + ".bellhop";
        List<String> command = switch (client % 4) {
            case 0, 1 -> access.ssh("-tt", vm, "echo on; exec cat");
            case 2 -> access.ssh(vm, "echo on; exec cat");
            default -> access.ssh(vm, "while echo on; do date; sleep 1; done");
        };
        clients.add(new ProcessBuilder(command)
                .redirectOutput(out(client).toFile())
                .redirectError(folder.resolve("err" + client).toFile())
                .start());
    }

    private boolean isOn(int client) {
        try {
            assertThat(clients.get(client).isAlive()).as(() -> errors(client)).isTrue();
            return Files.readString(out(client)).startsWith("on");
        } catch (IOException e) {
            return false;
        }
    }

    private void awaitOn(int client) {
        if (client >= 0) {
            await().atMost(PATIENCE).until(() -> isOn(client));
        }
    }

    private String errors(int client) {
        try {
            return Files.readString(folder.resolve("err" + client));
        } catch (IOException e) {
            return e.toString();
        }
    }

    /** How long one more client takes for a command, in milliseconds. */
    private long oneMore() throws Exception {
        long begin = System.nanoTime();
        assertThat(Checkout.run(folder, Map.of(), access.ssh(ONE_MORE + ".bellhop", "echo in"))
                        .succeeded())
                .isEqualTo("in\n");
        return (System.nanoTime() - begin) / 1_000_000;
    }

    private static void print(String what, ProcessUsage usage, Object rest) {
        System.out.printf("%s: resident %d MiB, %s%n", what, usage.residentKib() >> 10, rest);
    }

    @Test
    void theyAreServedAndSoIsOneMore() throws Exception {
        print("nobody", ProcessUsage.of(server.pid()), "a command takes " + oneMore() + " and " + oneMore() + " ms");
        long begin = System.nanoTime();
        for (int client = 0; client < CLIENTS; client++) {
            come(client);
            awaitOn(client - ARRIVING);
        }
        for (int client = CLIENTS - ARRIVING; client < CLIENTS; client++) {
            awaitOn(client);
        }
        ProcessUsage there = ProcessUsage.of(server.pid());
        print(CLIENTS + " clients", there, "after " + (System.nanoTime() - begin) / 1_000_000 + " ms");

        Thread.sleep(Duration.ofSeconds(SECONDS));
        ProcessUsage later = ProcessUsage.of(server.pid());
        long used = later.processor().minus(there.processor()).toMillis();
        print("later", later, used + " ms of a processor in " + SECONDS + " s");
        print("meanwhile", later, "a command takes " + oneMore() + ", " + oneMore() + " and " + oneMore() + " ms");

        clients.forEach(Process::destroyForcibly);
        awaitNoCommand();
        print("nobody any more", ProcessUsage.of(server.pid()), "and nothing runs");
    }
}
