// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GuestAgentTest {

    @TempDir
    Path folder;

    private static Deadline soon() {
        return Deadline.after(Duration.ofSeconds(20));
    }

    @Test
    void aCommandRunsAndItsResultIsTold() throws Exception {
        try (RealAgent real = RealAgent.start(folder);
                GuestAgent agent = GuestAgent.onUnixSocket(real.socket(), GuestAgentOptions.defaults())) {
            agent.ping(soon());
            assertThat(agent.info(soon()).supports("guest-exec")).isTrue();
            long pid = agent.exec(ExecCommand.of("/bin/sh", "-c", "echo out; echo err >&2; exit 3"), soon());
            ExecStatus status = agent.execStatus(pid, soon());
            while (!status.exited()) {
                Thread.onSpinWait();
                status = agent.execStatus(pid, soon());
            }
            assertThat(status.exitCode()).isEqualTo(3);
            assertThat(new String(status.stdout(), StandardCharsets.UTF_8)).isEqualTo("out\n");
            assertThat(new String(status.stderr(), StandardCharsets.UTF_8)).isEqualTo("err\n");
        }
    }
}
