// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.execution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.api.StubAnswer;
import dev.bellhop.api.StubServer;
import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.OutputStreamName;
import dev.bellhop.cli.Cli;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class OutputTailTest {
    private static final String ID = "019c1379-5a10-7cc3-8d25-6f1f7f3f2c01";

    /** The oldest goes first, so what is before it is gone too. */
    @Test
    void whereOutputIsRemovedItLooksNoFurtherBack() throws InterruptedException {
        try (StubServer server = new StubServer();
                BellhopClient client = new BellhopClient(
                        server.url(), Cli.KEY, null, Duration.ofSeconds(10), Duration.ofSeconds(10))) {
            server.on(
                    "GET",
                    "/api/v2/executions/" + ID + "/output",
                    request -> StubAnswer.problem(404, "not_found", "Cannot find it", request.target(), null));

            long start = new OutputTail(client, ID, false).start(OutputStreamName.STDOUT, 10 << 20, 5);

            assertThat(start).isZero();
            assertThat(server.requests()).hasSize(1);
        }
    }
}
