// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.testkit.ServerProcess;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A server process when /healthz answers 200 for the first time. */
@Timeout(60)
@Tag("real")
class ReadyServerTest {
    @Test
    void itsSshDoorIsOpen(@TempDir Path folder) throws Exception {
        int port = ServerProcess.freePort();
        String configuration = "hypervisors: [{type: qemu, vms: {1: {agent: " + folder.resolve("none") + "}}}]\n"
                + "ssh: {listen: '127.0.0.1:" + port + "'}\n";
        try (SmallServer server = SmallServer.start(folder, configuration);
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            assertThat(server.isAlive()).isTrue();
            assertThat(new String(socket.getInputStream().readNBytes(8), StandardCharsets.US_ASCII))
                    .isEqualTo("SSH-2.0-");
        }
    }
}
