// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.execution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.GuestAgentOptions;
import dev.bellhop.qga.client.AgentClient;
import dev.bellhop.server.app.TestAnswer;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.server.hypervisor.qemu.FakeMonitor;
import dev.bellhop.server.hypervisor.qemu.RealQemu;
import dev.bellhop.server.service.Timeouts;
import dev.bellhop.testkit.FakeAgent;
import dev.bellhop.testkit.RealAgent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/** What keeps commands from being run is found out the same by who asks about it and by who runs one. */
@Timeout(120)
@Tag("real")
class AvailabilityAgreesWithExecTest {
    /** For agents that never answer, and for those that do. What is stored before the agent is asked counts to a start's time. */
    private static final Timeouts SHORT = timeouts(Duration.ofSeconds(2), Duration.ofMillis(300));

    private static final Timeouts LONG = timeouts(Duration.ofSeconds(30), Duration.ofSeconds(30));

    private static final Set<Cause> SILENT = EnumSet.of(
            Cause.PAUSED, Cause.STARTING, Cause.HANGS, Cause.TAKEN, Cause.MONITOR_SILENT, Cause.MONITOR_MISTYPED);

    private static final String DISABLED = "has been disabled";

    @TempDir
    private Path folder;

    private final Deque<AutoCloseable> parts = new ArrayDeque<>();

    @AfterEach
    void close() throws Exception {
        while (!parts.isEmpty()) {
            parts.pop().close();
        }
    }

    private static Timeouts timeouts(Duration start, Duration other) {
        return new Timeouts(Duration.ofSeconds(30), start, other, other);
    }

    private <T extends AutoCloseable> T keep(T part) {
        parts.push(part);
        return part;
    }

    private RealAgent real(String... options) throws Exception {
        return keep(RealAgent.start(Files.createDirectory(folder.resolve("a")), options));
    }

    private FakeAgent fake() {
        return keep(FakeAgent.start(folder.resolve("fake.sock")));
    }

    private FakeMonitor monitor() {
        return keep(FakeMonitor.start(folder.resolve("m.sock")));
    }

    /** Where a VM's sockets are. */
    record Sockets(Path agent, @Nullable Path monitor) {}

    /** What is made to be in the way. */
    enum Cause {
        NOTHING("available") {
            @Override
            Sockets make(AvailabilityAgreesWithExecTest test) throws Exception {
                return new Sockets(test.real().socket(), null);
            }
        },
        PING_BLOCKED("available") {
            @Override
            Sockets make(AvailabilityAgreesWithExecTest test) throws Exception {
                return new Sockets(test.real("-b", "guest-ping").socket(), null);
            }
        },
        INFO_BLOCKED("available") {
            @Override
            Sockets make(AvailabilityAgreesWithExecTest test) throws Exception {
                return new Sockets(test.real("-b", "guest-info").socket(), null);
            }
        },
        OFF("vm_stopped") {
            @Override
            Sockets make(AvailabilityAgreesWithExecTest test) {
                return new Sockets(test.folder.resolve("none.sock"), test.folder.resolve("none.qmp"));
            }
        },
        PAUSED("vm_paused") {
            @Override
            Sockets make(AvailabilityAgreesWithExecTest test) throws Exception {
                RealAgent agent = test.real();
                agent.stop();
                FakeMonitor monitor = test.monitor();
                monitor.state("paused");
                return new Sockets(agent.socket(), monitor.socket());
            }
        },
        STARTING("starting") {
            @Override
            Sockets make(AvailabilityAgreesWithExecTest test) throws Exception {
                RealAgent agent = test.real();
                agent.stop();
                FakeMonitor monitor = test.monitor();
                monitor.state("inmigrate");
                return new Sockets(agent.socket(), monitor.socket());
            }
        },
        NO_CHANNEL("no_channel") {
            @Override
            Sockets make(AvailabilityAgreesWithExecTest test) {
                return new Sockets(
                        test.folder.resolve("none.sock"), test.monitor().socket());
            }
        },
        HANGS("silent") {
            @Override
            Sockets make(AvailabilityAgreesWithExecTest test) throws Exception {
                RealAgent agent = test.real();
                agent.stop();
                return new Sockets(agent.socket(), null);
            }
        },
        FROZEN("frozen") {
            @Override
            Sockets make(AvailabilityAgreesWithExecTest test) {
                FakeAgent agent = test.fake();
                agent.on(
                        "guest-info",
                        (request, wire) -> wire.reply("{\"version\": \"8.2.0\", \"supported_commands\": ["
                                + "{\"name\": \"guest-exec\", \"enabled\": false},"
                                + "{\"name\": \"guest-exec-status\", \"enabled\": false},"
                                + "{\"name\": \"guest-fsfreeze-status\", \"enabled\": true}]}"));
                agent.on("guest-ping", (request, wire) -> wire.reply("{}"));
                agent.on("guest-exec", (request, wire) -> wire.error("CommandNotFound", "guest-exec " + DISABLED));
                agent.on(
                        "guest-exec-status",
                        (request, wire) -> wire.error("CommandNotFound", "guest-exec-status " + DISABLED));
                agent.on("guest-fsfreeze-status", (request, wire) -> wire.reply("\"frozen\""));
                return new Sockets(agent.socket(), null);
            }
        },
        EXEC_BLOCKED("exec_disabled") {
            @Override
            Sockets make(AvailabilityAgreesWithExecTest test) throws Exception {
                return new Sockets(test.real("-b", "guest-exec").socket(), null);
            }
        },
        EXEC_STATUS_BLOCKED("exec_disabled") {
            @Override
            Sockets make(AvailabilityAgreesWithExecTest test) throws Exception {
                return new Sockets(test.real("-b", "guest-exec-status").socket(), null);
            }
        },
        ALL_BLOCKED("exec_disabled") {
            @Override
            Sockets make(AvailabilityAgreesWithExecTest test) throws Exception {
                return new Sockets(
                        test.real("-b", "guest-info,guest-exec,guest-exec-status")
                                .socket(),
                        null);
            }
        },
        INFO_AND_EXEC_STATUS_BLOCKED("exec_disabled") {
            @Override
            Sockets make(AvailabilityAgreesWithExecTest test) throws Exception {
                return new Sockets(
                        test.real("-b", "guest-info,guest-exec-status").socket(), null);
            }
        },
        TOO_OLD("exec_missing") {
            @Override
            Sockets make(AvailabilityAgreesWithExecTest test) {
                return new Sockets(test.fake().socket(), null);
            }
        },
        TAKEN("channel_taken") {
            @Override
            Sockets make(AvailabilityAgreesWithExecTest test) throws Exception {
                RealAgent agent = test.real();
                GuestAgent other = test.keep(AgentClient.onUnixSocket(agent.socket(), GuestAgentOptions.defaults()));
                other.ping(Deadline.after(Duration.ofSeconds(30)));
                return new Sockets(agent.socket(), null);
            }
        },
        MONITOR_SILENT("hypervisor_unreachable") {
            @Override
            Sockets make(AvailabilityAgreesWithExecTest test) throws Exception {
                RealAgent agent = test.real();
                agent.stop();
                FakeMonitor monitor = test.monitor();
                monitor.says("");
                return new Sockets(agent.socket(), monitor.socket());
            }
        },
        MONITOR_MISTYPED("hypervisor_unreachable") {
            @Override
            Sockets make(AvailabilityAgreesWithExecTest test) throws Exception {
                return new Sockets(test.keep(RealQemu.start(test.folder)).agent(), test.folder.resolve("mistyped"));
            }
        },
        GARBLED("garbled") {
            @Override
            Sockets make(AvailabilityAgreesWithExecTest test) {
                FakeAgent agent = test.fake();
                agent.on("guest-sync", (request, wire) -> wire.line("<html>"));
                return new Sockets(agent.socket(), null);
            }
        };

        private final String availability;

        Cause(String availability) {
            this.availability = availability;
        }

        abstract Sockets make(AvailabilityAgreesWithExecTest test) throws Exception;
    }

    static Stream<Arguments> causes() {
        return Stream.of(Cause.values())
                .flatMap(cause -> Stream.of(true, false)
                        // What never answers is asked nothing that depends on how it is to run commands.
                        .filter(supervised -> supervised || !SILENT.contains(cause))
                        .map(supervised -> Arguments.of(cause, supervised)));
    }

    @ParameterizedTest
    @MethodSource("causes")
    void theReasonIsTheSameAndThatOfTheCause(Cause cause, boolean supervised) throws Exception {
        Sockets sockets = cause.make(this);
        TestServer.Builder builder = TestServer.in(folder)
                .vm(1, sockets.agent, sockets.monitor)
                .timeouts(SILENT.contains(cause) ? SHORT : LONG);
        TestServer server = keep((supervised ? builder : builder.direct()).start());

        JsonNode availability = server.admin().get("/api/v2/vps/1/availability").json();
        assertThat(availability.path("availability").asString())
                .as(availability.toString())
                .isEqualTo(cause.availability);
        JsonNode shown = server.admin().get("/api/v2/vps/1").json().path("agent");
        TestAnswer exec = server.admin().post("/api/v2/vps/1/executions", "{\"command\": \"true\"}");

        assertThat(shown.path("availability").asString()).isEqualTo(cause.availability);
        if (cause.availability.equals("available")) {
            assertThat(exec.status()).as(exec.text()).isEqualTo(201);
            return;
        }
        assertThat(exec.status()).as(exec.text()).isEqualTo(409);
        assertThat(exec.json().path("code").asString()).isEqualTo("agent_unavailable");
        String reason = because(availability.path("reason").asString());
        assertThat(because(exec.json().path("detail").asString())).isEqualTo(reason);
        assertThat(because(shown.path("reason").asString())).isEqualTo(reason);
        assertThat(because(server.admin().tryExec(1, "true").message())).isEqualTo(reason);
    }

    private static String because(String message) {
        return message.substring(message.indexOf(" because ") + 1);
    }
}
