// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.GuestAgentOptions;
import dev.bellhop.testkit.RealAgent;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("real")
class WhenSentTest {
    @TempDir
    private Path folder;

    @Test
    void eachRequestIsToldByItsName() throws Exception {
        List<String> sent = new ArrayList<>();
        Deadline deadline = Deadline.after(Duration.ofSeconds(10));
        try (RealAgent real = RealAgent.start(folder);
                GuestAgent agent = AgentClient.onUnixSocket(
                        real.socket(), GuestAgentOptions.defaults().withWhenSent(sent::add))) {
            agent.ping(deadline);
            agent.info(deadline);
        }
        assertThat(sent).containsExactly("guest-sync-delimited", "guest-ping", "guest-info");
    }
}
