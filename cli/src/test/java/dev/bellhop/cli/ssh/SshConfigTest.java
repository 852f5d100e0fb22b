// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.ssh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.StubAnswer;
import dev.bellhop.api.v2.Page;
import dev.bellhop.api.v2.admin.SshDoorView;
import dev.bellhop.api.v2.admin.SshHostKey;
import dev.bellhop.api.v2.vm.VmAgent;
import dev.bellhop.api.v2.vm.VmSummary;
import dev.bellhop.cli.Cli;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.BooleanNode;

/** What is printed for ssh and for Ansible; read by the real ssh. */
@Tag("real")
class SshConfigTest {
    private static final String HOST_KEY =
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g";

    private final Cli cli = new Cli();

    @TempDir
    private Path folder;

    @BeforeEach
    void serve() {
        door("bellhop.example", 2222, HOST_KEY);
        vms(
                vm(10, "web", "running", new VmAgent(true, "available", null, null, null)),
                vm(11, "10", "running", null),
                vm(12, "twin", "stopped", null),
                vm(13, "Twin", "stopped", null),
                vm(14, "x\nHost *\n ProxyCommand touch pwned", "running", null),
                vm(15, "{{ lookup('pipe', 'id') }}", "unknown", null),
                vm(16, null, "running", null),
                vm(17, "*", "running", null));
    }

    @AfterEach
    void close() {
        cli.close();
    }

    private static VmSummary vm(long vmid, @Nullable String name, String status, @Nullable VmAgent agent) {
        return new VmSummary(vmid, name, status, null, "0c5d2e9f7a41", null, agent, "{{ os }}", null);
    }

    private void vms(VmSummary... vms) {
        cli.server.on("GET", "/api/v2/vps", StubAnswer.json(200, new Page<>(List.of(vms), null)));
    }

    private void door(@Nullable String host, int port, String hostKey) {
        cli.server.on(
                "GET",
                "/api/v2/ssh",
                StubAnswer.json(
                        200, new SshDoorView(host, port, List.of(new SshHostKey("ssh-ed25519", hostKey, "SHA256:x")))));
    }

    /** What ssh makes of the printed block for a destination. */
    private List<String> resolved(String destination) throws Exception {
        Path file = Files.writeString(
                folder.resolve("config"), cli.run("ssh-config").out());
        List<String> command = new ArrayList<>(List.of("ssh", "-F", file.toString(), "-G", destination));
        Process process = new ProcessBuilder(command).start();
        process.getOutputStream().close();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).isZero();
        return out.lines()
                .filter(line -> line.matches("(user|hostname|port|proxycommand) .*"))
                .toList();
    }

    @Test
    void sshFindsEachVmByItsNumberAndByASafeName() throws Exception {
        assertThat(resolved("10.bellhop"))
                .containsExactlyInAnyOrder("user 10", "hostname bellhop.example", "port 2222");
        assertThat(resolved("web.bellhop")).contains("user 10", "hostname bellhop.example");
        assertThat(resolved("16.bellhop")).contains("user 16");
        assertThat(resolved("14.bellhop"))
                .containsExactlyInAnyOrder("user 14", "hostname bellhop.example", "port 2222");
        assertThat(resolved("deploy+10@10.bellhop")).contains("user deploy+10", "hostname bellhop.example");
        assertThat(resolved("other.example")).contains("hostname other.example", "port 22");
    }

    @Test
    void namesThatAreUnsafeOrNotOnlyOnesAreLeftOut() {
        assertThat(cli.run("ssh-config").out().lines().filter(line -> line.startsWith("Host ")))
                .containsExactly(
                        "Host 10.bellhop web.bellhop",
                        "Host 11.bellhop",
                        "Host 12.bellhop",
                        "Host 13.bellhop",
                        "Host 14.bellhop",
                        "Host 15.bellhop",
                        "Host 16.bellhop",
                        "Host 17.bellhop",
                        "Host *.bellhop");
    }

    @Test
    void knownHostsAreAsTheServerTellsItsKeys() {
        assertThat(cli.run("ssh-config", "--known-hosts").out()).isEqualTo("[bellhop.example]:2222 " + HOST_KEY + "\n");
        door(null, 22, HOST_KEY);
        assertThat(cli.run("ssh-config", "--known-hosts").out())
                .as("the host of the API")
                .isEqualTo("127.0.0.1 " + HOST_KEY + "\n");
    }

    @Test
    void whatWouldMeanSomethingInAFileIsRefused() {
        for (String host : List.of("a b", "a\n  ProxyCommand id", "-oProxyCommand=id", "'a'")) {
            door(host, 22, HOST_KEY);
            assertThat(cli.run("ssh-config").exitCode()).as(host).isEqualTo(1);
            assertThat(cli.run("ansible-inventory").out()).as(host).isEmpty();
        }
        door("a", 22, HOST_KEY + "\n@cert-authority * " + HOST_KEY);
        assertThat(cli.run("ssh-config", "--known-hosts").out()).isEmpty();
    }

    @Test
    void whereTheDoorIsOffThatIsSaid() {
        cli.server.on(
                "GET",
                "/api/v2/ssh",
                StubAnswer.problem(404, "not_found", "Cannot tell where the SSH door is", "/api/v2/ssh", null));
        Cli.Run run = cli.run("ssh-config");
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("SSH door");
        assertThat(run.out()).isEmpty();
    }

    @Test
    void ansibleGetsEachVmWithAHostOfItsOwnAndNoUser() {
        String out = cli.run("ansible-inventory", "--list").out();
        JsonNode inventory = new JsonMapper().readTree(out);
        JsonNode variables = inventory.path("_meta").path("hostvars");
        JsonNode web = variables.path("web.bellhop");
        assertThat(web.path("ansible_host").asString()).isEqualTo("10.bellhop");
        assertThat(web.path("ansible_port").asInt()).isEqualTo(2222);
        assertThat(web.path("ansible_ssh_common_args").asString())
                .startsWith("-o HostName=bellhop.example -o User=10 ");
        assertThat(web.path("ansible_ssh_use_tty")).isEqualTo(BooleanNode.FALSE);
        assertThat(web.path("bellhop_vmid").asInt()).isEqualTo(10);
        assertThat(out).doesNotContain("ansible_user");
        assertThat(variables.size()).isEqualTo(8);
        assertThat(variables.valueStream().map(one -> one.path("ansible_host")))
                .as("those that share one would share a connection")
                .doesNotHaveDuplicates();
        assertThat(new JsonMapper()
                        .readTree(cli.run("ansible-inventory", "--host", "web.bellhop")
                                .out()))
                .isEqualTo(web);
        assertThat(cli.run("ansible-inventory", "--host", "none").exitCode()).isEqualTo(1);
        assertThat(cli.run("ansible-inventory").out()).as("the same each time").isEqualTo(out);
    }

    @Test
    void groupsAreByStateAgentAndAccount() {
        JsonNode inventory =
                new JsonMapper().readTree(cli.run("ansible-inventory", "--list").out());
        assertThat(inventory.propertyNames())
                .containsExactly(
                        "_meta",
                        "bellhop",
                        "bellhop_account_0c5d2e9f7a41",
                        "bellhop_agent_available",
                        "bellhop_running",
                        "bellhop_stopped",
                        "bellhop_unknown");
        assertThat(inventory.path("bellhop_stopped").path("hosts").valueStream().map(JsonNode::asString))
                .containsExactly("12.bellhop", "13.bellhop");
        assertThat(inventory.path("bellhop").path("hosts").size()).isEqualTo(8);
    }

    /** Ansible evaluates what stands in braces, on the machine that it runs on. */
    @Test
    void nothingThatAGuestOrItsOwnerChoosesGetsIntoTheInventory() {
        assertThat(cli.run("ansible-inventory", "--list").out())
                .doesNotContain("{{")
                .doesNotContain("lookup")
                .doesNotContain("ProxyCommand");
    }
}
