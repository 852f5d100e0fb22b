// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.CreateExecution;
import dev.bellhop.api.v2.ExecutionView;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two domains of a real libvirt, and a server that reaches them through it alone. */
class LibvirtTest {
    /** By its metadata. */
    private static final int WEB = TestBed.VMID;
    /** By the configuration. */
    private static final int DB = 10001;
    /** Has no channel. */
    private static final int MUTE = 10002;

    private static final String CHANNEL =
            "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>";

    @TempDir
    private static Path folder;

    private static RealLibvirt libvirt;
    private static ServerProcess server;
    private static VmCommands commands;

    @BeforeAll
    static void start() throws Exception {
        libvirt = RealLibvirt.start(folder);
        libvirt.define("web", vmid(WEB), CHANNEL);
        libvirt.define("db", "", CHANNEL);
        libvirt.virsh("start", "web");
        libvirt.virsh("start", "db");
        server = ServerProcess.startOn(folder, """
                hypervisors:
                  - {type: libvirt, uri: '%s', vms: {%d: db}}
                """.formatted(libvirt.uri(), DB));
        commands = new VmCommands(
                new BellhopClient(server.url(), server.adminKey(), Duration.ofSeconds(5), Duration.ofMinutes(1)));
        libvirt.awaitAgent("web");
        libvirt.awaitAgent("db");
    }

    @AfterAll
    static void stop() throws Exception {
        try {
            commands.close();
            server.close();
        } finally {
            libvirt.stop();
        }
    }

    private static String vmid(int vmid) {
        return "<metadata><bellhop:vm xmlns:bellhop='https://bellhop.dev/libvirt' vmid='" + vmid + "'/></metadata>";
    }

    private static String refusal(int vmid) throws Exception {
        V1Client.Answer answer = server.client().post(vmid, "true");
        assertThat(answer.status()).as("%s", answer.body()).isEqualTo(409);
        return answer.body().required("message").asString();
    }

    @Test
    void commandsRunInBothAndTheirEndIsTold() throws Exception {
        assertThat(server.client()
                        .run(WEB, "echo web; exit 3")
                        .required("exitcode")
                        .asInt())
                .isEqualTo(3);
        assertThat(server.client().run(DB, "echo db").required("stdout").asString())
                .isEqualTo("db\n");
        assertThat(server.client().status(DB).required("status").asString()).isEqualTo("running");
    }

    @Test
    void largeOutputComesWhole() throws Exception {
        assertThat(server.client()
                        .run(WEB, "head -c 3000000 /dev/zero | tr '\\0' x")
                        .required("stdout")
                        .asString())
                .hasSize(3_000_000)
                .containsOnlyOnce("x".repeat(3_000_000));
    }

    @Test
    void aCommandIsFollowedWrittenToAndCancelled() throws Exception {
        ExecutionView reader = commands.startAndAwait(
                CreateExecution.command("echo ready; cat; sleep 1000")
                        .stdinFollows()
                        .build(),
                "ready\n");
        commands.write(reader.id(), 0, "more\n", true);
        commands.awaitStdout(reader.id(), "ready\nmore\n");
        commands.cancel(reader.id(), 1);
        assertThat(commands.awaitEnd(reader.id()).state()).isEqualTo("cancelled");
    }

    @Test
    void aDaemonThatIsRestartedLosesNothing() throws Exception {
        ExecutionView counting = commands.startAndAwait(
                CreateExecution.command("echo 0; for i in $(seq 1 20); do sleep 0.5; echo $i; done")
                        .build(),
                "0\n");
        libvirt.stopDaemon();
        assertThat(refusal(WEB)).contains("hypervisor cannot be reached");
        libvirt.startDaemonAgain();
        ExecutionView end = commands.awaitEnd(counting.id());
        assertThat(end.state()).isEqualTo("exited");
        StringBuilder all = new StringBuilder();
        for (int i = 0; i <= 20; i++) {
            all.append(i).append('\n');
        }
        assertThat(commands.stdout(counting.id())).isEqualTo(all.toString());
    }

    @Test
    void aDomainThatComesIsFoundAndWhatItLacksIsTold() throws Exception {
        libvirt.define("mute", vmid(MUTE), "");
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(refusal(MUTE)).contains("the VM is stopped"));
        libvirt.virsh("start", "mute");
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(refusal(MUTE)).contains("no channel for a guest agent"));
        libvirt.virsh("destroy", "mute");
        libvirt.virsh("undefine", "mute");
        await().atMost(Duration.ofSeconds(20))
                .until(() -> server.client().post(MUTE, "true").status() == 404);
    }

    @Test
    void aPausedDomainIsSaidToBePaused() throws Exception {
        libvirt.virsh("suspend", "db");
        assertThat(refusal(DB)).contains("the VM is paused");
        libvirt.virsh("resume", "db");
        assertThat(server.client().run(DB, "echo on").required("stdout").asString())
                .isEqualTo("on\n");
    }

    @Test
    void anAgentThatHangsHoldsUpNoOtherGuest() throws Exception {
        libvirt.virsh(
                "qemu-agent-command",
                "db",
                "{\"execute\":\"guest-exec\",\"arguments\":{\"path\":\"/bin/sh\",\"arg\":[\"-c\","
                        + "\"kill -STOP $(pidof qemu-ga); sleep 15; kill -CONT $(pidof qemu-ga)\"]}}");
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 20; i++) {
                Future<V1Client.Answer> ignored =
                        callers.submit(() -> server.client().post(DB, "true"));
            }
            assertThat(server.client().run(WEB, "echo web").required("stdout").asString())
                    .isEqualTo("web\n");
        }
        await().atMost(Duration.ofMinutes(1))
                .until(() -> server.client().post(DB, "true").status() == 200);
    }
}
