// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga.client;

import static dev.bellhop.qga.client.Soon.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.qga.ExecCommand;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.GuestAgentOptions;
import dev.bellhop.qga.ReplyBudget;
import dev.bellhop.qga.ReplyLimits;
import dev.bellhop.testkit.FakeAgent;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DefaultsTest {

    @TempDir
    Path folder;

    @Test
    void theDefaultsAreTheseAndFitEachOther() {
        GuestAgentOptions options = GuestAgentOptions.defaults();
        assertThat(options.idleTimeout()).isEqualTo(Duration.ofSeconds(10));
        assertThat(options.budget()).isSameAs(ReplyBudget.shared());
        ReplyLimits limits = options.limits();
        assertThat(limits).isEqualTo(new ReplyLimits(67_174_400, 16, 16_842_752, 50_331_648, 134_217_728, 1000));
        assertThat(limits.maxLineBytes()).isGreaterThan(limits.maxFileReadBytes() / 3 * 4 + 1000);
        assertThat(limits.maxLineBytes()).isGreaterThan(2 * (limits.maxExecStreamBytes() / 3 * 4) + 1000);
    }

    @Test
    void limitsThatLeaveNoRoomAreRefused() {
        ReplyLimits limits = ReplyLimits.defaults();
        assertThatThrownBy(() -> limits.withMaxLineBytes(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> limits.withMaxNesting(1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> limits.withMaxDiscarded(1, 1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aRequestThatIsTooLargeIsRefusedAndTheNextOneWorks() throws Exception {
        try (FakeAgent fake = FakeAgent.start(folder.resolve("a.sock"));
                GuestAgent agent = AgentClient.onUnixSocket(fake.socket(), GuestAgentOptions.defaults())) {
            agent.ping(soon());
            ExecCommand command = ExecCommand.of("/bin/cat").withInput(new byte[40 * 1024 * 1024]);
            assertThatThrownBy(() -> agent.exec(command, soon()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("Cannot send this request");
            agent.ping(soon());
        }
    }
}
