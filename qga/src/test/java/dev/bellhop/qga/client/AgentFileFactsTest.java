// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga.client;

import static dev.bellhop.qga.client.Soon.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.qga.AgentErrorException;
import dev.bellhop.qga.FileChunk;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.GuestAgentOptions;
import dev.bellhop.qga.ReplyLimits;
import dev.bellhop.qga.SeekFrom;
import dev.bellhop.testkit.RealAgent;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a real agent does with files, as far as this client and its users rely on it. */
@Timeout(60)
@Tag("real")
class AgentFileFactsTest {

    private static final int MAX_READ_BYTES = 48 * 1024 * 1024;

    @TempDir
    Path folder;

    private RealAgent real;
    private GuestAgent agent;
    private Path file;

    @BeforeEach
    void start() {
        real = RealAgent.start(folder);
        agent = AgentClient.onUnixSocket(real.socket(), GuestAgentOptions.defaults());
        file = folder.resolve("file");
    }

    @AfterEach
    void end() {
        agent.close();
        real.close();
    }

    @Test
    void theEndOfAFileDoesNotStick() throws Exception {
        Files.writeString(file, "one");
        long handle = agent.fileOpen(file.toString(), "r", soon());
        FileChunk first = agent.fileRead(handle, 100, soon());
        assertThat(first.data()).asString().isEqualTo("one");
        assertThat(first.endOfFile()).isTrue();
        assertThat(agent.fileRead(handle, 100, soon()).data()).isEmpty();
        Files.writeString(file, " two", StandardOpenOption.APPEND);
        assertThat(agent.fileRead(handle, 100, soon()).data()).asString().isEqualTo(" two");
    }

    @Test
    void aHandleSurvivesItsClientsConnectionAndNotItsAgent() throws Exception {
        Files.writeString(file, "text");
        long handle = agent.fileOpen(file.toString(), "r", soon());
        agent.close();
        try (GuestAgent next = AgentClient.onUnixSocket(real.socket(), GuestAgentOptions.defaults())) {
            assertThat(next.fileRead(handle, 100, soon()).data()).asString().isEqualTo("text");
            real.restart();
            assertThatThrownBy(() -> next.fileRead(handle, 100, soon())).isInstanceOf(AgentErrorException.class);
        }
    }

    @Test
    void aFileIsWrittenSoughtFlushedAndClosed() throws Exception {
        long handle = agent.fileOpen(file.toString(), "w+", soon());
        byte[] data = "Grüße".getBytes(StandardCharsets.UTF_8);
        assertThat(agent.fileWrite(handle, data, soon())).isEqualTo(data.length);
        agent.fileFlush(handle, soon());
        assertThat(file).hasContent("Grüße");
        assertThat(agent.fileSeek(handle, -2, SeekFrom.END, soon()).position()).isEqualTo(data.length - 2);
        assertThat(agent.fileSeek(handle, 1, SeekFrom.CURRENT, soon()).position())
                .isEqualTo(data.length - 1);
        assertThat(agent.fileSeek(handle, 2, SeekFrom.START, soon()).position()).isEqualTo(2);
        assertThat(agent.fileRead(handle, 100, soon()).data()).asString().isEqualTo("üße");
        agent.fileClose(handle, soon());
        assertThatThrownBy(() -> agent.fileClose(handle, soon())).isInstanceOf(AgentErrorException.class);
    }

    @Test
    void fortyEightMebibytesAreTheMostOfOneRead() throws Exception {
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength(MAX_READ_BYTES + 1000L);
            sparse.seek(MAX_READ_BYTES - 1);
            sparse.write('x');
        }
        GuestAgentOptions more = GuestAgentOptions.defaults()
                .withLimits(ReplyLimits.defaults().withMaxFileReadBytes(MAX_READ_BYTES + 1));
        try (GuestAgent next = AgentClient.onUnixSocket(real.socket(), more)) {
            long handle = next.fileOpen(file.toString(), "r", soon());
            FileChunk chunk = next.fileRead(handle, MAX_READ_BYTES, soon());
            assertThat(chunk.data().length).isEqualTo(MAX_READ_BYTES);
            assertThat(chunk.data()[MAX_READ_BYTES - 1]).isEqualTo((byte) 'x');
            assertThatThrownBy(() -> next.fileRead(handle, MAX_READ_BYTES + 1, soon()))
                    .isInstanceOf(AgentErrorException.class);
            assertThatThrownBy(() -> agent.fileRead(handle, MAX_READ_BYTES + 1, soon()))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void aFileThatIsNotThereCannotBeOpened() {
        assertThatThrownBy(() -> agent.fileOpen(folder.resolve("none").toString(), "r", soon()))
                .isInstanceOfSatisfying(
                        AgentErrorException.class,
                        e -> assertThat(e.description()).isNotEmpty());
    }
}
