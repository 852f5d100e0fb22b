// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.ssh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.e2e.support.E2eServer;
import dev.bellhop.e2e.support.SshAccess;
import dev.bellhop.testkit.Checkout;
import dev.bellhop.testkit.Profile;
import dev.bellhop.testkit.RealAgent;
import dev.bellhop.testkit.VmSockets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Clients at one address try wrong keys without a pause. A client at another address, with the right key, is served in the meantime. */
@Timeout(900)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Tag("real")
@Tag("ssh")
@Tag("sized")
class SshWrongKeysTest {
    private static final int CLIENTS = Profile.size(2, 8);
    private static final int COMMANDS = Profile.size(3, 31);

    private Path folder;
    private RealAgent agent;
    private E2eServer server;
    private SshAccess access;

    @BeforeAll
    void start(@TempDir Path given) throws Exception {
        folder = given.toRealPath();
        agent = RealAgent.start(Files.createDirectory(folder.resolve("a")));
        server = E2eServer.startOn(
                folder,
                SshAccess.door() + "executions: {spool: " + folder.resolve("spool") + "}\n"
                        + "hypervisors: [{type: qemu, vms: {1: "
                        + new VmSockets(agent.socket(), Optional.empty()).toYaml() + "}}]\n");
        access = SshAccess.make(server, folder.resolve("ssh"));
    }

    @AfterAll
    void stop() {
        server.close();
        agent.close();
    }

    private List<String> wrong(int client) throws Exception {
        Path key = folder.resolve("wrong" + client);
        Checkout.run(folder, Map.of(), List.of("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key.toString()))
                .succeeded();
        String settings = Files.readString(access.config()).replaceAll("(?m)^IdentityFile .*$", "IdentityFile " + key);
        return List.of(
                "ssh",
                "-F",
                Files.writeString(folder.resolve("config" + client), settings).toString(),
                "1.bellhop",
                "true");
    }

    /** How long the good one takes for a command, the median in milliseconds. */
    private long good() throws Exception {
        List<Long> times = new ArrayList<>();
        for (int i = 0; i < COMMANDS; i++) {
            long begin = System.nanoTime();
            assertThat(Checkout.run(folder, Map.of(), access.ssh("-b", "127.0.0.2", "1.bellhop", "echo in"))
                            .succeeded())
                    .isEqualTo("in\n");
            times.add((System.nanoTime() - begin) / 1_000_000);
        }
        return times.stream().sorted().skip(COMMANDS / 2).findFirst().orElseThrow();
    }

    @Test
    void theGoodOneIsServed() throws Exception {
        long alone = good();
        AtomicBoolean goesOn = new AtomicBoolean(true);
        AtomicInteger tries = new AtomicInteger();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> flood = new ArrayList<>();
            for (int client = 0; client < CLIENTS; client++) {
                List<String> command = wrong(client);
                flood.add(threads.submit(() -> {
                    while (goesOn.get()) {
                        assertThat(Checkout.run(folder, Map.of(), command).exitCode())
                                .isEqualTo(255);
                        tries.incrementAndGet();
                    }
                    return null;
                }));
            }
            try {
                System.out.printf(
                        "A command takes %d ms alone and %d ms in a flood of %d clients, which tried %d wrong keys%n",
                        alone, good(), CLIENTS, tries.get());
            } finally {
                goesOn.set(false);
            }
            for (Future<?> client : flood) {
                client.get();
            }
        }
        assertThat(tries).hasPositiveValue();
    }
}
