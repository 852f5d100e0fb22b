// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.qga.AgentErrorException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.GuestAgentOptions;
import dev.bellhop.qga.client.AgentClient;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.testkit.RealAgent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A file that a real agent on this machine holds open, in a guest that says that it was restarted. */
@Timeout(60)
@Tag("real")
class AgentFileHandleTest {
    private static final Duration SOON = Duration.ofSeconds(20);

    @TempDir
    private Path folder;

    private final AtomicLong now = new AtomicLong();
    private final AtomicInteger asked = new AtomicInteger();
    private String boot = "first";
    private RealAgent real;
    private GuestAgent agent;
    private long number;
    private FileHandle handle;

    @BeforeEach
    void start() throws Exception {
        real = RealAgent.start(Files.createDirectory(folder.resolve("a")));
        agent = AgentClient.onUnixSocket(real.socket(), GuestAgentOptions.defaults());
        Path file = Files.writeString(folder.resolve("file"), "abcdef");
        number = agent.fileOpen(file.toString(), "r+", Deadline.after(SOON));
        handle = new AgentFileHandle(
                agent, number, new VmTransfers(FileSettings.defaults()), "first", this::boot, now::get);
    }

    private String boot() {
        asked.incrementAndGet();
        return boot;
    }

    @AfterEach
    void stop() {
        agent.close();
        real.close();
    }

    @Test
    void itIsAskedAfterAPauseAlone() throws Exception {
        assertThat(handle.read(0, 3)).asString().isEqualTo("abc");
        now.addAndGet(Duration.ofMillis(900).toNanos());
        assertThat(handle.read(3, 3)).asString().isEqualTo("def");
        assertThat(asked).hasValue(0);
        now.addAndGet(Duration.ofSeconds(2).toNanos());
        assertThat(handle.read(1, 2)).asString().isEqualTo("bc");
        assertThat(asked).hasValue(1);
    }

    @Test
    void afterARestartTheNumberMayBeAnothersAndIsNotUsed() throws Exception {
        boot = "second";
        now.addAndGet(Duration.ofSeconds(2).toNanos());
        assertThatThrownBy(() -> handle.read(0, 3))
                .isInstanceOfSatisfying(
                        BellhopException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.FILE_CHANGED));
        assertThatThrownBy(() -> handle.write(0, new byte[1])).isInstanceOf(BellhopException.class);
        assertThatThrownBy(() -> handle.flush()).isInstanceOf(BellhopException.class);
        assertThat(handle.close()).as("nothing is left to be closed").isTrue();
        assertThat(agent.fileRead(number, 6, Deadline.after(SOON)).data())
                .as("what has the number now stays open")
                .asString()
                .isEqualTo("abcdef");
    }

    @Test
    void itIsClosedInTheGuest() {
        assertThat(handle.close()).isTrue();
        assertThatThrownBy(() -> agent.fileRead(number, 6, Deadline.after(SOON)))
                .isInstanceOf(AgentErrorException.class);
    }

    @Test
    void whatAnAgentDoesNotCloseIsTriedAgain() {
        real.close();
        assertThat(handle.close()).isFalse();
    }
}
