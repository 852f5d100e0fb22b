// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.vm;

import static dev.bellhop.cli.Processes.exitCode;
import static dev.bellhop.cli.Processes.signal;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.cli.RealServer;
import dev.bellhop.server.app.TestServer;
import dev.bellhop.server.hypervisor.qemu.FakeQemu;
import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What Ctrl-C does to a bellhop that waits for a VM to be off: it ends the waiting alone. */
@Timeout(120)
@Tag("real")
class PowerSignalTest {

    @Test
    void ctrlCLeavesTheOperationGoingOnAndSaysSo(@TempDir Path folder) throws Exception {
        try (FakeQemu vm = new FakeQemu(Files.createDirectory(folder.resolve("v"))).on();
                RealServer real =
                        RealServer.start(folder, TestServer.in(folder).vm(3, vm.agentSocket(), vm.monitorSocket()))) {
            vm.obeysAgent = false;
            vm.obeysButton = false;
            Process bellhop =
                    real.process(List.of("env", "--default-signal=INT"), "vm", "shutdown", "--grace", "10m", "3");
            try (BufferedReader err = bellhop.errorReader()) {
                assertThat(err.readLine()).startsWith("bellhop: Asking the guest agent");

                signal(bellhop, "INT");

                assertThat(exitCode(bellhop)).isEqualTo(130);
                assertThat(err.lines())
                        .last()
                        .asString()
                        .contains("the shutdown of VM 3 goes on", "same command again");
            }
            try (BellhopClient client = real.client()) {
                assertThat(client.operations().list(3, null, null).items())
                        .singleElement()
                        .satisfies(operation -> assertThat(operation.state()).isEqualTo("running"));
            }
        }
    }
}
