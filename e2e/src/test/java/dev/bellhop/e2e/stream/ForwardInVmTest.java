// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.ForwardConnection;
import dev.bellhop.api.client.ReceivedBytes;
import dev.bellhop.api.v2.forward.CreateForward;
import dev.bellhop.e2e.support.E2eServer;
import dev.bellhop.e2e.support.GuestAccess;
import dev.bellhop.e2e.support.TestBed;
import dev.bellhop.e2e.support.VmCommands;
import dev.bellhop.testkit.GuestImage;
import dev.bellhop.testkit.RealVm;
import dev.bellhop.testkit.TcpPeer;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A port on the localhost of a real VM, over a stream and without one. */
@Timeout(600)
@Tag("real")
@Tag("vm")
class ForwardInVmTest {
    private static final int PORT = 5432;

    /** Sends back what comes, to many at once. */
    private static final String ECHO = "setsid perl -MSocket -e 'socket(S, PF_INET, SOCK_STREAM, 0);"
            + " setsockopt(S, SOL_SOCKET, SO_REUSEADDR, 1); bind(S, sockaddr_in(" + PORT + ", INADDR_LOOPBACK)) or die;"
            + " listen(S, 9); $SIG{CHLD} = \"IGNORE\"; while (accept(C, S)) { if (!fork) {"
            + " while (sysread(C, $b, 65536)) { for ($o = 0; $o < length $b; ) {"
            + " $o += syswrite(C, $b, length($b) - $o, $o) } } exit } close C }' </dev/null >/dev/null 2>&1 &";

    @TempDir
    private static Path folder;

    private static RealVm vm;

    @BeforeAll
    static void boot() throws Exception {
        vm = RealVm.start(TestBed.VMID, GuestImage.DEBIAN, folder);
        try (GuestAccess guest = new GuestAccess(vm.sockets().agent())) {
            guest.run(ECHO);
        }
    }

    @AfterAll
    static void end() throws Exception {
        if (vm != null) {
            vm.close();
        }
    }

    @ParameterizedTest
    @CsvSource({"auto, 10", "off, 1"})
    void megabytesGoToAPortOfTheVmAndBack(String streams, int megabytes, @TempDir Path scratch) throws Exception {
        byte[] bytes = TcpPeer.bytes(megabytes << 20);
        String configuration = "hypervisors: [{type: qemu, streams: " + streams + ", vms: {" + TestBed.VMID + ": "
                + vm.sockets().toYaml() + "}}]\n";
        try (E2eServer server = E2eServer.startOn(scratch, configuration);
                BellhopClient client = new BellhopClient(
                        server.url(), server.adminKey(), Duration.ofSeconds(5), Duration.ofMinutes(1))) {
            // A guest that has just been started keeps its agent waiting; a command waits for it, a connection does
            // not.
            new VmCommands(client).run("true");
            ReceivedBytes received = new ReceivedBytes();
            CreateForward wanted = new CreateForward("localhost", PORT);
            try (ForwardConnection connection = client.forwards()
                    .take(client.forwards().open(TestBed.VMID, wanted).ticket(), received)) {
                connection.send(bytes, 0, bytes.length);
                connection.endOutput();
                assertThat(TcpPeer.sha256(received.toEnd())).isEqualTo(TcpPeer.sha256(bytes));
                assertThat(connection.awaitEnd()).isEqualTo("closed");
            }
            assertThatThrownBy(() -> client.forwards().open(TestBed.VMID, new CreateForward("127.0.0.1", 1)))
                    .hasMessageContaining("because the connection was refused");
        }
    }
}
