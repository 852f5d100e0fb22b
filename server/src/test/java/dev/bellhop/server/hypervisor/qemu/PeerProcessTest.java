// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.testkit.RealAgent;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("real")
class PeerProcessTest {
    @TempDir
    private Path folder;

    @Test
    void theProcessThatListensIsFound() throws Exception {
        try (RealAgent agent = RealAgent.start(Files.createDirectory(folder.resolve("a")));
                FakeMonitor monitor = FakeMonitor.start(folder.resolve("m.sock"))) {
            assertThat(PeerProcess.listeningOn(agent.socket())).hasValue(agent.pid());
            assertThat(PeerProcess.listeningOn(monitor.socket()))
                    .hasValue(ProcessHandle.current().pid());
        }
    }

    @Test
    void wherePathsLeadNowhereThereIsNone() throws Exception {
        assertThat(PeerProcess.listeningOn(folder.resolve("none"))).isEmpty();
        assertThat(PeerProcess.listeningOn(Files.createFile(folder.resolve("file"))))
                .isEmpty();
        assertThat(PeerProcess.listeningOn(folder)).isEmpty();
        assertThat(PeerProcess.listeningOn(folder.resolve("n".repeat(200)))).isEmpty();
        assertThat(PeerProcess.listeningOn(folder.resolve("é".repeat(40)))).isEmpty();
    }

    @Test
    void aProcessThatHasEndedListensNoMore() throws Exception {
        Path left = folder.resolve("left.sock");
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(left));
        }
        assertThat(PeerProcess.listeningOn(left)).isEmpty();
    }

    @Test
    void noFileDescriptorIsLeftBehind() throws Exception {
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            Path socket = folder.resolve("s.sock");
            server.bind(UnixDomainSocketAddress.of(socket), 1);
            assertThat(PeerProcess.listeningOn(socket)).isPresent();
            long before = openFiles();
            for (int i = 0; i < 500; i++) {
                // The queue of the listener is full after the first few.
                assertThat(PeerProcess.listener(socket).presence())
                        .isIn(PeerProcess.Presence.SOMEBODY, PeerProcess.Presence.CROWDED);
                assertThat(PeerProcess.listeningOn(folder.resolve("none"))).isEmpty();
            }
            assertThat(openFiles() - before).isLessThan(100);
        }
    }

    private static long openFiles() throws Exception {
        try (var files = Files.list(Path.of("/proc/self/fd"))) {
            return files.count();
        }
    }
}
