// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.guest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.server.app.TestServer;
import dev.bellhop.testkit.FakeAgent;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Guests that lack something, each in its own way. */
class V2DoctorTest {
    private static final List<String> CALLS = List.of(
            "guest-exec",
            "guest-exec-status",
            "guest-get-osinfo",
            "guest-get-time",
            "guest-set-time",
            "guest-set-user-password",
            "guest-shutdown",
            "guest-fsfreeze-status",
            "guest-fsfreeze-freeze",
            "guest-fsfreeze-freeze-list",
            "guest-fsfreeze-thaw",
            "guest-fstrim");

    @TempDir
    private Path folder;

    private FakeAgent agent;
    private TestServer server;
    private String found = "";

    @BeforeEach
    void start() {
        agent = FakeAgent.start(folder.resolve("a.sock"));
        allows(CALLS, List.of());
        agent.on("guest-get-osinfo", (request, wire) -> wire.reply("{\"id\": \"rocky\", \"version-id\": \"9.4\"}"));
        agent.on("guest-get-time", (request, wire) -> wire.reply(System.currentTimeMillis() + "000000"));
        agent.on("guest-exec", (request, wire) -> wire.reply("{\"pid\": 7}"));
        agent.on(
                "guest-exec-status",
                (request, wire) -> wire.reply("{\"exited\": true, \"exitcode\": 0, \"out-data\": \""
                        + Base64.getEncoder().encodeToString(found.getBytes(StandardCharsets.UTF_8)) + "\"}"));
        guestHas("tar", "gzip", "sha256sum", "stat", "cksum", "su", "python3");
        server = TestServer.in(folder)
                .vm(1, agent.socket())
                .vm(2, folder.resolve("none.sock"))
                .start();
    }

    @AfterEach
    void stop() {
        server.close();
        agent.close();
    }

    private void allows(List<String> calls, List<String> blocked) {
        String list = Stream.concat(
                        calls.stream().map(name -> "{\"name\": \"" + name + "\", \"enabled\": true}"),
                        blocked.stream().map(name -> "{\"name\": \"" + name + "\", \"enabled\": false}"))
                .collect(Collectors.joining(","));
        agent.on(
                "guest-info",
                (request, wire) -> wire.reply("{\"version\": \"9.0.0\", \"supported_commands\": [" + list + "]}"));
    }

    private void guestHas(String... programs) {
        found = "bellhop doctor\n"
                + Stream.of(programs).map(name -> "has " + name + "\n").collect(Collectors.joining())
                + "spool writable\nfree 1000000\nuser 0\nend\n";
    }

    private Map<String, JsonNode> examine(long vm) {
        JsonNode checkup = server.admin().get("/api/v2/vps/" + vm + "/doctor").json();
        Map<String, JsonNode> checks = new HashMap<>();
        checkup.path("checks").forEach(check -> checks.put(check.path("id").asString(), check));
        checks.put("all", checkup);
        return checks;
    }

    private static String status(Map<String, JsonNode> checks, String id) {
        return Objects.requireNonNull(checks.get(id), id).path("status").asString();
    }

    private static String advice(Map<String, JsonNode> checks, String id) {
        return Objects.requireNonNull(checks.get(id), id).path("advice").asString();
    }

    private static String found(Map<String, JsonNode> checks, String id) {
        return Objects.requireNonNull(checks.get(id), id).path("found").asString();
    }

    @Test
    void aGuestThatRunsCommandsIsLookedAtWhole() {
        Map<String, JsonNode> checks = examine(1);

        assertThat(status(checks, "agent")).isEqualTo("ok");
        assertThat(found(checks, "agent")).contains("9.0.0");
        for (String id : List.of("call.guest-exec", "clock", "shell", "spool", "selinux", "pty", "users", "tools")) {
            assertThat(status(checks, id)).as(id).isEqualTo("ok");
        }
        assertThat(status(checks, "call.guest-file-open")).isEqualTo("warning");
        assertThat(found(checks, "call.guest-file-open")).contains("1.0", "mode direct", "cp", "sftp");
        assertThat(status(checks, "call.guest-get-load")).isEqualTo("skipped");
        assertThat(status(checks, "mode")).isEqualTo("warning");
        assertThat(status(checks, "stream")).isEqualTo("warning");
        assertThat(advice(checks, "stream")).contains("monitor");
        assertThat(status(checks, "all")).isEqualTo("warning");
    }

    @Test
    void aBlockedCallNamesTheLineToChange() {
        List<String> others = new ArrayList<>(CALLS);
        others.remove("guest-exec");
        allows(others, List.of("guest-exec"));

        Map<String, JsonNode> checks = examine(1);

        assertThat(status(checks, "call.guest-exec")).isEqualTo("failed");
        assertThat(advice(checks, "call.guest-exec")).contains("FILTER_RPC_ARGS=", "/etc/sysconfig/qemu-ga");
        assertThat(status(checks, "shell")).isEqualTo("skipped");
        assertThat(status(checks, "all")).isEqualTo("failed");
    }

    @Test
    void aGuestThatLacksProgramsSaysWhatToInstall() {
        guestHas("tar", "stat", "cksum");

        Map<String, JsonNode> checks = examine(1);

        assertThat(advice(checks, "pty")).isEqualTo("in the guest: dnf install python3");
        assertThat(found(checks, "tools")).isEqualTo("Not there: gzip, sha256sum");
        assertThat(advice(checks, "users")).contains("util-linux");
    }

    @Test
    void aConfinedAgentNamesTheCommandThatFreesIt() {
        guestHas("tar");
        found = found.replace("spool writable", "spool closed")
                .replace("user 0", "domain system_u:system_r:virt_qemu_ga_t:s0\nselinux Enforcing");

        Map<String, JsonNode> checks = examine(1);

        assertThat(advice(checks, "selinux")).contains("semanage permissive -a virt_qemu_ga_t");
        assertThat(advice(checks, "spool")).contains("selinux");
    }

    @Test
    void aClockThatIsOffIsAWarning() {
        agent.on("guest-get-time", (request, wire) -> wire.reply("1000000000000000000"));

        Map<String, JsonNode> checks = examine(1);

        assertThat(status(checks, "clock")).isEqualTo("warning");
        assertThat(found(checks, "clock")).contains("behind the host's");
        assertThat(advice(checks, "clock")).contains("bellhop sync-time 1");
    }

    @Test
    void aWindowsGuestIsSaidToHaveNoStreams() {
        agent.on("guest-get-osinfo", (request, wire) -> wire.reply("{\"id\": \"mswindows\"}"));

        Map<String, JsonNode> checks = examine(1);

        assertThat(status(checks, "stream")).isEqualTo("skipped");
        assertThat(found(checks, "stream")).contains("no streams into Windows guests", "slower");
        assertThat(found(checks, "shell")).contains("the guest has Windows");
    }

    @Test
    void aVmWithoutAnAgentSaysSoAndSkipsTheRest() {
        Map<String, JsonNode> checks = examine(2);

        assertThat(status(checks, "all")).isEqualTo("failed");
        assertThat(checks.values().stream()
                        .filter(check -> check.path("status").asString().equals("failed")))
                .hasSizeGreaterThan(1);
        assertThat(status(checks, "tools")).isEqualTo("skipped");
    }

    @Test
    void whatAGuestMakesUpIsNotBelieved() {
        found = "bellhop doctor\nhas \u001b[2J\n";

        assertThat(status(examine(1), "shell")).isEqualTo("failed");
    }

    @Test
    void aKeyIsToldWhatItMay() {
        String secret = server.makeKey(List.of("guest:vm", "read:vm"), null).secret();
        JsonNode told = server.client(secret).get("/api/v2/doctor").json();

        assertThat(told.path("scopes").toString()).isEqualTo("[\"read:vm\",\"guest:vm\"]");
        assertThat(told.path("keyId").asString()).isEqualTo(secret.substring(8, 20));
    }
}
