// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.follow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.qga.AgentErrorException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.server.execution.FakeVm;
import dev.bellhop.server.execution.OutputChunk;
import dev.bellhop.server.execution.OutputStreamName;
import dev.bellhop.testkit.FakeAgent;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the real agent does not do when a test wants it. */
class OutputTailTest {
    @TempDir
    private Path folder;

    private FakeAgent agent;
    private FakeVm vm;

    @BeforeEach
    void start() {
        agent = FakeAgent.start(folder.resolve("qga.sock"));
        vm = new FakeVm(agent.socket());
        agent.on("guest-file-open", (request, wire) -> wire.reply("1"));
        agent.on("guest-file-close", (request, wire) -> wire.reply("{}"));
    }

    @AfterEach
    void stop() {
        vm.close();
        agent.close();
    }

    @Test
    void anAgentRestartedAmidAReadIsNoEndOfFile() {
        agent.on("guest-file-seek", (request, wire) -> wire.error("GenericError", "handle '1' has not been found"));
        assertCannotBeRead();
    }

    @Test
    void aFileThatCannotBeOpenedNowHasNotEnded() {
        agent.on("guest-file-open", (request, wire) -> wire.error("GenericError", "Too many open files"));
        assertCannotBeRead();
    }

    @Test
    void readsOneChunkWhileSomebodyWaitsAndElseAll() throws Exception {
        agent.on("guest-file-seek", (request, wire) -> wire.reply("{\"position\": 10000000, \"eof\": false}"));
        agent.on("guest-file-read", (request, wire) -> wire.reply(fullChunk()));
        var tail = new OutputTail("/spool/some.out", OutputStreamName.STDOUT, 0, null);

        assertThat(tail.readApart(vm.agent(), Integer.MAX_VALUE, () -> true, soon()))
                .hasSize(1);
        assertThat(tail.readApart(vm.agent(), 4 * OutputTail.CHUNK, () -> false, soon()))
                .extracting(OutputChunk::offset)
                .containsExactly(65_536L, 131_072L, 196_608L, 262_144L);
    }

    @Test
    void whatWasReadBeforeACallFailedIsReadAgain() {
        agent.on("guest-file-seek", (request, wire) -> wire.reply("{\"position\": 10000000, \"eof\": false}"));
        agent.on("guest-file-read", (request, wire) -> wire.reply(fullChunk()));
        agent.on("guest-file-close", (request, wire) -> wire.error("GenericError", "handle '1' has not been found"));
        assertCannotBeRead();
    }

    @Test
    void anUnreadableFileIsNotLeftOpenEachTime() throws Exception {
        var open = new AtomicInteger();
        agent.on("guest-file-open", (request, wire) -> wire.reply("" + open.incrementAndGet()));
        agent.on("guest-file-close", (request, wire) -> {
            open.decrementAndGet();
            wire.reply("{}");
        });
        agent.on("guest-file-seek", (request, wire) -> wire.error("GenericError", "Input/output error"));
        agent.on("guest-file-read", (request, wire) -> wire.error("GenericError", "Input/output error"));
        var tail = new OutputTail("/spool/some.out", OutputStreamName.STDOUT, 0, null);

        assertThat(tail.peek(vm.agent(), OutputTail.CHUNK, soon())).isEmpty();
        assertThat(tail.peek(vm.agent(), OutputTail.CHUNK, soon())).isEmpty();
        assertThat(tail.lengthApart(vm.agent(), soon())).isNull();
        assertThat(open).hasValue(0);
    }

    @Test
    void aHandleOfAnEarlierServerIsReadOnFromWhatIsStored() throws Exception {
        agent.on("guest-file-open", (request, wire) -> wire.error("GenericError", "Too many open files"));
        agent.on("guest-file-seek", (request, wire) -> {
            assertThat(request.arguments()).contains("\"handle\":7").contains("\"offset\":65536");
            wire.reply("{\"position\": 65536, \"eof\": false}");
        });
        agent.on("guest-file-read", (request, wire) -> wire.reply(fullChunk()));
        var tail = new OutputTail("/spool/some.out", OutputStreamName.STDOUT, 65_536, 7L);

        assertThat(tail.peek(vm.agent(), OutputTail.CHUNK, soon())).hasSize(OutputTail.CHUNK);
        assertThat(tail.handle()).isEqualTo(7);
    }

    @Test
    void oneThatTheEarlierServerHasClosedIsOpenedAnew() throws Exception {
        agent.on("guest-file-seek", (request, wire) -> {
            if (request.arguments().contains("\"handle\":7")) {
                wire.error("GenericError", "handle '7' has not been found");
            } else {
                wire.reply("{\"position\": 65536, \"eof\": false}");
            }
        });
        agent.on("guest-file-read", (request, wire) -> wire.reply(fullChunk()));
        var tail = new OutputTail("/spool/some.out", OutputStreamName.STDOUT, 65_536, 7L);

        assertThat(tail.peek(vm.agent(), OutputTail.CHUNK, soon())).isEmpty();
        assertThat(tail.peek(vm.agent(), OutputTail.CHUNK, soon())).hasSize(OutputTail.CHUNK);
    }

    private static String fullChunk() {
        String base64 = Base64.getEncoder().encodeToString(new byte[OutputTail.CHUNK]);
        return "{\"count\": " + OutputTail.CHUNK + ", \"buf-b64\": \"" + base64 + "\", \"eof\": false}";
    }

    private static Deadline soon() {
        return Deadline.after(Duration.ofSeconds(10));
    }

    private void assertCannotBeRead() {
        var tail = new OutputTail("/spool/some.out", OutputStreamName.STDOUT, 65_536, null);
        assertThatThrownBy(() -> tail.readApart(vm.agent(), OutputTail.CHUNK, () -> false, soon()))
                .isInstanceOf(AgentErrorException.class);
        assertThat(tail.offset()).isEqualTo(65_536);
    }
}
