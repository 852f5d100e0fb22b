// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.forward;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.cli.terminal.Terminal;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ForwardedPortTest {
    /** As where a process has as many files open as it may; closed in the end. */
    private static final class Failing extends ServerSocket {
        private int calls;

        Failing() throws IOException {}

        @Override
        public Socket accept() throws IOException {
            calls++;
            if (calls == 3) {
                close();
            }
            throw new IOException("Too many open files");
        }
    }

    @Test
    void aConnectionThatCannotBeTakenIsNotTheEndOfThePort() throws Exception {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Duration timeout = Duration.ofSeconds(1);
        try (BellhopClient client = new BellhopClient(URI.create("http://127.0.0.1:1"), "key", timeout, timeout);
                Failing socket = new Failing()) {
            new ForwardedPort(
                            client,
                            new Terminal(new ByteArrayOutputStream(), err),
                            1,
                            new ForwardSpec(null, 0, "localhost", 1))
                    .serve(socket);
            assertThat(socket.calls).isEqualTo(3);
        }
        assertThat(err.toString(StandardCharsets.UTF_8))
                .containsOnlyOnce("Cannot take a connection to port")
                .contains("now because Too many open files");
    }
}
