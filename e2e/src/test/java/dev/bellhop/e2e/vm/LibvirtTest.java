// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.vm;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.ExecutionEvent;
import dev.bellhop.api.client.ExecutionEvents;
import dev.bellhop.api.v2.execution.CreateExecution;
import dev.bellhop.api.v2.execution.ExecutionView;
import dev.bellhop.api.v2.vm.OperationStep;
import dev.bellhop.api.v2.vm.OperationView;
import dev.bellhop.api.v2.vm.PowerOptions;
import dev.bellhop.api.v2.vm.VmAgent;
import dev.bellhop.api.v2.vm.VmSummary;
import dev.bellhop.e2e.support.E2eServer;
import dev.bellhop.e2e.support.TestBed;
import dev.bellhop.e2e.support.V1Client;
import dev.bellhop.e2e.support.VmCommands;
import dev.bellhop.testkit.Checkout;
import dev.bellhop.testkit.RealLibvirt;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two domains of a real libvirt, and a server that reaches them only through it. */
@Tag("real")
@Tag("vm")
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
    private static E2eServer server;
    private static BellhopClient client;
    private static VmCommands commands;

    @BeforeAll
    static void start() throws Exception {
        libvirt = RealLibvirt.start(folder);
        libvirt.define("web", vmid(WEB), CHANNEL);
        libvirt.define("db", "", CHANNEL);
        libvirt.virsh("start", "web");
        libvirt.virsh("start", "db");
        server = E2eServer.startOn(folder, """
                hypervisors:
                  - {type: libvirt, uri: '%s', vms: {%d: db}}
                """.formatted(libvirt.uri(), DB));
        client = client(server);
        commands = new VmCommands(client);
        libvirt.awaitAgent("web");
        libvirt.awaitAgent("db");
    }

    @AfterAll
    static void stop() throws Exception {
        try {
            if (commands != null) {
                commands.close();
            }
            if (server != null) {
                server.close();
            }
        } finally {
            if (libvirt != null) {
                libvirt.close();
            }
        }
    }

    private static BellhopClient client(E2eServer server) throws IOException {
        return new BellhopClient(server.url(), server.adminKey(), Duration.ofSeconds(5), Duration.ofMinutes(1));
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
    void aDomainIsCalledByItsName() throws Exception {
        assertThat(bellhop("exec", "web", "--", "echo here; exit 3")).isEqualTo(new Checkout.Ended(3, "here\n", ""));
        assertThat(bellhop("ps", "--all", "web").stdout()).contains("VM NAME", "echo here; exit 3");
        assertThat(bellhop("vm", "list").stdout())
                .containsPattern("10000 +web ")
                .containsPattern("10001 +db ");
        assertThat(bellhop("vm", "show", "db").stdout()).containsPattern("Name +db\n");
        Checkout.Ended unknown = bellhop("exec", "WEB", "--", "true");
        assertThat(unknown.exitCode()).isEqualTo(255);
        assertThat(unknown.stderr()).contains("Cannot find a VM named WEB", "bellhop vm list");
    }

    private static Checkout.Ended bellhop(String... arguments) throws Exception {
        Map<String, String> environment =
                Map.of("BELLHOP_URL", server.url().toString(), "BELLHOP_KEY", server.adminKey());
        return Checkout.run(
                folder,
                environment,
                Stream.concat(Stream.of("./bellhop"), Stream.of(arguments)).toList());
    }

    @Test
    @Tag("full")
    void aRenamedDomainKeepsItsVmidAndIsFoundByItsNewName() throws Exception {
        libvirt.define("former", "", "");
        await().atMost(Duration.ofSeconds(20)).until(() -> named("former").size() == 1);
        List<Long> vmid = named("former");
        libvirt.virsh("domrename", "former", "later");
        await().atMost(Duration.ofSeconds(20)).until(() -> named("later").equals(vmid));
        assertThat(named("former")).isEmpty();
        libvirt.virsh("undefine", "later");
    }

    private static List<Long> named(String name) throws Exception {
        return client.vms().list(name, null, null).items().stream()
                .map(VmSummary::vmid)
                .toList();
    }

    @Test
    void largeOutputComesWhole() throws Exception {
        assertThat(server.client()
                        .run(WEB, "head -c 1500000 /dev/zero | tr '\\0' x")
                        .required("stdout")
                        .asString())
                .hasSize(1_500_000)
                .containsOnlyOnce("x".repeat(1_500_000));
    }

    @Test
    void aCommandIsWrittenToAndCancelled() throws Exception {
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
    @Tag("full")
    void largeInputReachesACommandThroughLibvirtInParts() throws Exception {
        ExecutionView counter =
                commands.start(CreateExecution.command("wc -c").stdinFollows().build());
        byte[] piece = new byte[400_000];
        for (int i = 0; i < 3; i++) {
            client.executions().writeStdin(counter.id(), (long) i * piece.length, piece, i == 2);
        }
        assertThat(commands.awaitEnd(counter.id()).state()).isEqualTo("exited");
        assertThat(commands.stdout(counter.id()).strip()).isEqualTo("1200000");
    }

    @Test
    @Tag("full")
    void aRequestTooLargeForLibvirtIsRefusedAndHarmsNothing() throws Exception {
        assertThatThrownBy(() -> commands.start(CreateExecution.command("wc -c")
                        .stdin("x".repeat(200_000))
                        .build()))
                .hasMessageContaining("the hypervisor passes on at most");
        assertThat(commands.run("echo unharmed")).isEqualTo("unharmed\n");
    }

    @Test
    @Tag("full")
    void aStreamGoesOnWhereItWasAfterTheDaemonWasRestarted() throws Exception {
        ExecutionView counting =
                commands.start(CreateExecution.command("for i in $(seq 1 40); do echo $i; sleep 0.1; done")
                        .build());
        StringBuilder live = new StringBuilder();
        String state = "";
        try (ExecutionEvents events = client.executions().events(counting.id(), null, Duration.ZERO)) {
            boolean restarted = false;
            for (var next = events.next(); next.isPresent(); next = events.next()) {
                if (next.get() instanceof ExecutionEvent.Output output) {
                    assertThat(output.offset()).isEqualTo(live.length());
                    live.append(new String(output.bytes(), StandardCharsets.US_ASCII));
                }
                if (next.get() instanceof ExecutionEvent.State told) {
                    state = told.execution().state();
                }
                if (!restarted && live.length() > 0) {
                    libvirt.stopDaemon();
                    assertThat(refusal(WEB)).contains("hypervisor cannot be reached");
                    libvirt.startDaemonAgain();
                    restarted = true;
                }
            }
        }
        assertThat(state).isEqualTo("exited");
        assertThat(live.toString())
                .isEqualTo(IntStream.rangeClosed(1, 40).mapToObj(i -> i + "\n").collect(joining()));
    }

    @Test
    void aDomainIsShutDownStartedAndAvailableAsLibvirtSays() throws Exception {
        try (RealLibvirt.AgentEvents events = libvirt.agentEvents("db")) {
            assertThat(completes("shutdown")).containsExactly("asking_agent");
            assertThat(libvirt.virsh("domstate", "db").strip()).isEqualTo("shut off");
            assertThat(agent(DB).availability()).isEqualTo("vm_stopped");

            assertThat(completes("start")).containsExactly("starting");
            await().until(() -> server.client().status(DB).has("uptime"));
            assertThat(client.vms().awaitAvailability(DB, null, Duration.ZERO).availability())
                    .isEqualTo("starting");
            // The list tells what was found last, and finds nothing out: what it tells, the event has brought about.
            await().atMost(Duration.ofMinutes(2))
                    .pollInterval(Duration.ofMillis(20))
                    .until(() -> agent(DB).available());
            Instant available = Instant.now();

            Duration after = Duration.between(events.connected(), available);
            System.out.println("The agent was known to be available " + after.toMillis() + " ms after libvirt's event");
            assertThat(after).isLessThan(Duration.ofSeconds(20));
        }
        assertThat(server.client().run(DB, "echo back").required("stdout").asString())
                .isEqualTo("back\n");
    }

    private static List<String> completes(String action) throws Exception {
        OperationView begun = client.operations().begin(DB, action, new PowerOptions(null, null), null);
        OperationView end = client.operations().get(begun.id(), Duration.ofMinutes(1));
        assertThat(end.state()).as("%s", end).isEqualTo("completed");
        return end.steps().stream().map(OperationStep::name).toList();
    }

    private static VmAgent agent(int vmid) throws Exception {
        return client.vms().list(null, null).items().stream()
                .filter(vm -> vm.vmid() == vmid)
                .findFirst()
                .map(VmSummary::agent)
                .orElseThrow();
    }

    @Test
    @Tag("full")
    void aCommandRunsWithoutASupervisor(@TempDir Path other) throws Exception {
        try (E2eServer direct = E2eServer.startOn(other, """
                executions: {supervise: false}
                hypervisors:
                  - {type: libvirt, uri: '%s'}
                """.formatted(libvirt.uri()));
                BellhopClient client = client(direct);
                VmCommands commands = new VmCommands(client)) {
            await().until(() ->
                    direct.client().get("/api/vm/" + WEB + "/status").status() == 200);
            ExecutionView end = commands.awaitEnd(commands.start(
                            CreateExecution.command("cat; exit 3").stdin("in\n").build())
                    .id());
            assertThat(end.mode()).isEqualTo("direct");
            assertThat(end.exitCode()).isEqualTo(3);
            assertThat(commands.stdout(end.id())).isEqualTo("in\n");

            ExecutionView large = commands.awaitEnd(
                    commands.start("head -c 3500000 /dev/zero | tr '\\0' x").id());
            assertThat(large.state()).isEqualTo("lost");
            assertThat(large.reason()).contains("result_unreadable");
            assertThat(commands.run("echo still there")).isEqualTo("still there\n");
        }
    }

    @Test
    @Tag("full")
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
    @Tag("full")
    void anAgentThatHangsHoldsUpNoOtherGuest() throws Exception {
        libvirt.hangAgent("db", 30);
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<V1Client.Answer>> waiting = Stream.generate(
                            () -> callers.submit(() -> server.client().post(DB, "true")))
                    .limit(20)
                    .toList();
            assertThat(server.client().run(WEB, "echo web").required("stdout").asString())
                    .isEqualTo("web\n");
            assertThat(waiting)
                    .noneMatch(call -> call.state() == Future.State.SUCCESS
                            && call.resultNow().status() == 200);
        }
        await().atMost(Duration.ofMinutes(2))
                .until(() -> server.client().post(DB, "true").status() == 200);
    }
}
