// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.qga.AgentErrorException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.FakeAgent;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the real agent does not do when a test wants it. */
class OutputTailTest {
    @TempDir
    private Path folder;

    private FakeAgent agent;
    private OneVm vm;

    @BeforeEach
    void start() {
        agent = FakeAgent.start(folder.resolve("qga.sock"));
        vm = new OneVm(agent.socket());
        agent.on("guest-file-open", (request, wire) -> wire.reply("1"));
        agent.on("guest-file-close", (request, wire) -> wire.reply("{}"));
    }

    @AfterEach
    void stop() {
        vm.close();
        agent.close();
    }

    @Test
    void anAgentThatIsRestartedWhileItIsReadFromIsNoEndOfTheFile() {
        agent.on("guest-file-seek", (request, wire) -> wire.error("GenericError", "handle '1' has not been found"));
        assertCannotBeRead();
    }

    @Test
    void aFileThatCannotBeOpenedNowHasNotEnded() {
        agent.on("guest-file-open", (request, wire) -> wire.error("GenericError", "Too many open files"));
        assertCannotBeRead();
    }

    private void assertCannotBeRead() {
        var tail = new OutputTail("/spool/some.out", OutputStreamName.STDOUT, 65_536);
        assertThatThrownBy(() -> tail.readApart(vm.agent(), OutputTail.CHUNK, Deadline.after(Duration.ofSeconds(10))))
                .isInstanceOf(AgentErrorException.class);
        assertThat(tail.offset()).isEqualTo(65_536);
    }
}
