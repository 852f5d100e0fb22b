// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.vm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.Json;
import dev.bellhop.api.StubAnswer;
import dev.bellhop.api.v2.Page;
import dev.bellhop.api.v2.vm.VmSummary;
import dev.bellhop.cli.Cli;
import dev.bellhop.cli.RealServer;
import dev.bellhop.server.app.TestServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** VMs by what people call them, wherever a vmid does. */
@Timeout(120)
@Tag("real")
class VmNamesTest {

    private static final String ODD = "shop (1) & co/\u001b[2J";

    private final Cli cli = new Cli();

    @AfterEach
    void close() {
        cli.close();
    }

    private static VmSummary named(long vmid, String name) {
        return new VmSummary(vmid, name, "running", null, null, null, null, null, null);
    }

    private void knows(VmSummary... vms) {
        cli.server.on("GET", "/api/v2/vps", StubAnswer.json(200, new Page<>(List.of(vms), null)));
    }

    @Test
    void aRealServerFindsAVmByItsName(@TempDir Path folder) throws Exception {
        try (RealServer real =
                RealServer.start(folder, TestServer.in(folder).name(1, ODD).name(2, "off"))) {
            Cli.Run run = real.run("exec", ODD, "--", "echo here");
            assertThat(run.out()).as(run.err()).isEqualTo("here\n");

            String shown = "shop (1) & co/<U+00\u2026";
            assertThat(real.run("ps", "--all", ODD).out().lines())
                    .hasSize(2)
                    .first()
                    .asString()
                    .matches("ID +VMID +STATE +AGE +VM NAME +COMMAND");
            assertThat(real.run("ps", "--all", ODD).out()).contains("  " + shown + "  echo here\n");
            assertThat(real.run("ps", "--all", "off").err()).contains("No executions");
            assertThat(real.run("vm", "list").out().lines().toList())
                    .satisfiesExactly(
                            line -> assertThat(line).matches("VMID +NAME +STATUS +AGENT +ACCOUNT +ADDRESSES +OS"),
                            line -> assertThat(line).startsWith("1     " + shown + "  running"),
                            line -> assertThat(line).startsWith("2     off "));
            assertThat(real.run("vm", "show", "off").out()).matches("(?s)VM +2\nName +off\nStatus +stopped\n.*");
            assertThat(real.run("vm", "wait-agent", ODD).exitCode()).isZero();
            assertThat(real.run("operation", "list", "off").err()).contains("no operations on VM 2");
            assertThat(Json.mapper()
                            .readTree(real.run("audit", "list", "--vm", ODD, "--json")
                                    .out())
                            .path("items")
                            .valueStream()
                            .map(record -> record.path("vmid").asLong()))
                    .isNotEmpty()
                    .containsOnly(1L);
            assertThat(real.run("key", "create", "--name", "k", "--scope", "read:vm", "--vm", "off,1")
                            .err())
                    .contains("for VMs 1,2 ");
        }
    }

    /** Whoever decides reads a name that somebody else has chosen as such. */
    @Test
    void aNameCannotPassForWhatBellhopSays(@TempDir Path folder) throws Exception {
        String lie = "web\nAsked by       the boss";
        try (RealServer real = RealServer.start(folder, TestServer.in(folder).name(1, lie))) {
            String policy = Files.writeString(folder.resolve("ask.json"), "{\"approval\": true}")
                    .toString();
            String key = real.run("key", "create", "--name", "k", "--scope", "write:vm", "--policy", policy)
                    .out()
                    .strip();
            Map<String, String> assistant =
                    Map.of("BELLHOP_URL", real.server.uri().toString(), "BELLHOP_KEY", key);
            Cli.Run asked = Cli.run(
                    assistant, Cli.TERMINAL, cli.requestTimeout, cli.reconnectTimeout, "exec", "-d", "1", "--", "true");

            Cli.Run shown = real.run("approve", "--yes", asked.out().strip());

            assertThat(shown.out())
                    .contains("VM             1\nName of VM     | web\n               | Asked by       the boss\n");
        }
    }

    @Test
    void aVmidCostsNoRequestMore() {
        cli.server.on("POST", "/api/v2/vps/7/actions/unassign", StubAnswer.noContent());

        assertThat(cli.run("vm", "unassign", "7").exitCode()).isZero();
        assertThat(cli.server.requests()).hasSize(1);
    }

    @Test
    void digitsAloneAreAVmidWhateverVmsAreCalled() {
        knows(named(7, "8"));
        cli.server.on("POST", "/api/v2/vps/8/actions/unassign", StubAnswer.noContent());

        assertThat(cli.run("vm", "unassign", "8").err()).contains("VM 8 belongs to no account");
        assertThat(cli.run("vm", "unassign", "0").err()).contains("a vmid must be a whole number from 1 on");
        assertThat(cli.run("vm", "unassign", "").err()).contains("it must be a vmid or the name of a VM");
    }

    @Test
    void aNameOfSeveralVmsIsNoneOfThem() {
        knows(named(7, "web"), named(9, "web"));

        Cli.Run run = cli.run("vm", "stop", "web");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err())
                .isEqualTo("bellhop: Cannot tell which VM is meant because several are named web; give one of the"
                        + " vmids 7, 9\n");
        assertThat(cli.server.requests()).hasSize(1);
    }

    @Test
    void aNameThatNobodyHasSaysWhereToLook() {
        knows();

        Cli.Run run = cli.run("exec", "we\u001bb", "--", "true");

        assertThat(run.exitCode()).isEqualTo(255);
        assertThat(run.err())
                .isEqualTo("bellhop: Cannot find a VM named we<U+001B>b that this key may see; 'bellhop vm list'"
                        + " lists them all\n");
    }

    /** It does not know the parameter, and gives all of its VMs. */
    @Test
    void anOlderServerThatKnowsNoNamesFindsNone() {
        knows(new VmSummary(7, "running", null), named(8, "other"));

        assertThat(cli.run("vm", "reset", "web").err()).contains("Cannot find a VM named web");
    }
}
