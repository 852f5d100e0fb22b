// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga.client;

import static dev.bellhop.qga.client.Soon.soon;
import static dev.bellhop.qga.client.Soon.verySoon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.bellhop.qga.AgentErrorException;
import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.AgentProtocolException;
import dev.bellhop.qga.AgentTimeoutException;
import dev.bellhop.qga.AgentTimeoutException.Stage;
import dev.bellhop.qga.ExecCommand;
import dev.bellhop.qga.ExecStatus;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.GuestAgentOptions;
import dev.bellhop.qga.NotConnectedException;
import dev.bellhop.qga.NotConnectedException.Reason;
import dev.bellhop.qga.ReplyLimits;
import dev.bellhop.testkit.FakeAgent;
import dev.bellhop.testkit.FakeAgent.Answer;
import dev.bellhop.testkit.FakeAgent.Request;
import dev.bellhop.testkit.FakeAgent.Wire;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A guest that sends what it should not: the call fails precisely and in time, the next one works, and no other notices. */
@Timeout(60)
class HostileReplyTest {

    /** What no exception may quote. */
    private static final String MARK = "GUEST";

    private static final ExecCommand COMMAND = ExecCommand.of("/bin/true", "SECRET");

    @TempDir
    Path folder;

    private FakeAgent fake;
    private FakeAgent otherFake;
    private GuestAgent agent;
    private GuestAgent other;

    @BeforeEach
    void start() throws Exception {
        fake = FakeAgent.start(folder.resolve("a.sock"));
        otherFake = FakeAgent.start(folder.resolve("b.sock"));
        agent = AgentClient.onUnixSocket(fake.socket(), GuestAgentOptions.defaults());
        other = AgentClient.onUnixSocket(otherFake.socket(), GuestAgentOptions.defaults());
        other.ping(soon());
    }

    @AfterEach
    void end() {
        agent.close();
        other.close();
        fake.close();
        otherFake.close();
    }

    private void theNextCallWorksAndNoOtherAgentNotices() throws Exception {
        fake.on("guest-exec", (request, wire) -> wire.reply("{\"pid\": 42}"));
        assertThat(agent.exec(COMMAND, soon())).isEqualTo(42);
        other.ping(soon());
        assertThat(otherFake.connections()).isEqualTo(1);
    }

    private void execFailsWithProtocolException() throws Exception {
        AgentProtocolException e =
                catchThrowableOfType(AgentProtocolException.class, () -> agent.exec(COMMAND, soon()));
        assertThat(e).isNotNull();
        assertThat(e.mayHaveActed()).isTrue();
        for (Throwable t = e; t != null; t = t.getCause()) {
            assertThat(t.toString()).doesNotContain(MARK, "SECRET");
        }
        theNextCallWorksAndNoOtherAgentNotices();
    }

    /** A line in which ID stands for the id of the request. */
    private static Answer line(String text) {
        return (request, wire) -> wire.line(text.replace("ID", String.valueOf(request.id())));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GUEST",
                "[1, 2, \"GUEST\"]",
                "{\"return\": {\"pid\": 7}, \"id\": ID} GUEST",
                "{\"return\": {\"pid\": 7}, \"id\": ID",
                "{\"return\": {\"pid\": 7}, \"id\": ID, \"id\": ID}",
                "{\"return\": {\"pid\": 7}, \"error\": {\"class\": \"GUEST\", \"desc\": \"GUEST\"}, \"id\": ID}",
                "{\"return\": {\"pid\": \"GUEST\"}, \"id\": ID}",
                "{\"return\": {\"pid\": 0}, \"id\": ID}",
                "{\"return\": {\"pid\": -7}, \"id\": ID}",
                "{\"return\": {\"pid\": 7.5}, \"id\": ID}",
                "{\"return\": {\"pid\": 99999999999999999999}, \"id\": ID}",
                "{\"return\": {\"pid\": null}, \"id\": ID}",
                "{\"return\": {}, \"id\": ID}",
                "{\"return\": \"GUEST\", \"id\": ID}",
                "{\"return\": [{\"pid\": 7}], \"id\": ID}",
                "{\"error\": \"GUEST\", \"id\": ID}",
                "{\"error\": {\"desc\": \"GUEST\"}, \"id\": ID}",
                "{\"error\": {\"class\": 7, \"desc\": \"GUEST\"}, \"id\": ID}",
                "{\"id\": ID}",
                "{\"return\": {\"GUEST\": 00007}, \"id\": ID}",
                "{\"return\": {\"pid\": 7, \"x\": [[[[[[[[[[[[[[[[[[[[\"GUEST\"]]]]]]]]]]]]]]]]]]]]}, \"id\": ID}",
                "\u00FF{\"return\": {\"pid\": 7}, \"id\": ID}",
            })
    void aLineThatIsNoReplyIsRefused(String text) throws Exception {
        fake.on("guest-exec", line(text));
        execFailsWithProtocolException();
    }

    @Test
    void deepNestingIsRefusedWithoutReadingOn() throws Exception {
        fake.on("guest-exec", (request, wire) -> {
            wire.bytes("{\"return\": ".getBytes(StandardCharsets.UTF_8));
            flood(wire, "[", 200_000_000);
        });
        execFailsWithProtocolException();
    }

    @Test
    void aLineOfAHundredMegabytesIsRefusedWithoutHoldingIt() throws Exception {
        fake.on("guest-exec", (request, wire) -> {
            wire.bytes("{\"return\": {\"text\": \"".getBytes(StandardCharsets.UTF_8));
            flood(wire, "GUEST", 100_000_000);
        });
        long before = allocatedHere();
        execFailsWithProtocolException();
        assertThat(allocatedHere() - before).isLessThan(10_000_000);
    }

    @Test
    void aHundredMegabytesThatAreNoJsonAreRefused() throws Exception {
        fake.on("guest-exec", (request, wire) -> flood(wire, "GUEST", 100_000_000));
        execFailsWithProtocolException();
    }

    @Test
    void manyNamesAreRefused() throws Exception {
        fake.on("guest-exec", (request, wire) -> {
            StringBuilder line = new StringBuilder("{\"return\": {");
            for (int i = 0; i < 20_000; i++) {
                line.append("\"GUEST").append(i).append("\": 1, ");
            }
            wire.line(line.append("\"pid\": 7}, \"id\": ")
                    .append(request.id())
                    .append("}")
                    .toString());
        });
        execFailsWithProtocolException();
    }

    @ParameterizedTest
    @ValueSource(strings = {"*GUEST*", "QQ", "QUJD=", "Q===", "QU\\u0000JD"})
    void textThatIsNoBase64IsRefused(String text) throws Exception {
        fake.on(
                "guest-exec-status",
                line("{\"return\": {\"exited\": true, \"out-data\": \"" + text + "\"}, \"id\": ID}"));
        assertThatThrownBy(() -> agent.execStatus(7, soon()))
                .isInstanceOf(AgentProtocolException.class)
                .hasMessageNotContaining(MARK);
        theNextCallWorksAndNoOtherAgentNotices();
    }

    @Test
    void moreOutputThanAnAgentKeepsIsRefused() throws Exception {
        GuestAgentOptions options =
                GuestAgentOptions.defaults().withLimits(ReplyLimits.defaults().withMaxExecStreamBytes(1_000_000));
        fake.on("guest-exec-status", (request, wire) -> {
            wire.bytes("{\"return\": {\"exited\": true, \"err-data\": \"".getBytes(StandardCharsets.UTF_8));
            flood(wire, "QUJD", 2_000_000);
            wire.line("\"}, \"id\": " + request.id() + "}");
        });
        try (GuestAgent limited = AgentClient.onUnixSocket(fake.socket(), options)) {
            assertThatThrownBy(() -> limited.execStatus(7, soon()))
                    .isInstanceOf(AgentProtocolException.class)
                    .hasMessageContaining("err-data decodes to more than 1000000 bytes");
        }
        theNextCallWorksAndNoOtherAgentNotices();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"exited\": 1}",
                "{\"exitcode\": 0}",
                "{\"exited\": true, \"exitcode\": \"0\"}",
                "{\"exited\": true, \"exitcode\": 4294967296}",
                "{\"exited\": true, \"signal\": true}",
                "{\"exited\": true, \"out-data\": 7}",
                "{\"exited\": true, \"out-data\": [\"QUJD\"]}",
                "{\"exited\": true, \"out-truncated\": \"yes\"}",
            })
    void aStatusOfTheWrongTypesIsRefused(String status) throws Exception {
        fake.on("guest-exec-status", (request, wire) -> wire.reply(status));
        assertThatThrownBy(() -> agent.execStatus(7, soon())).isInstanceOf(AgentProtocolException.class);
        theNextCallWorksAndNoOtherAgentNotices();
    }

    @Test
    void aCommandMayHaveEndedInNoKnownWay() throws Exception {
        fake.on("guest-exec-status", (request, wire) -> wire.reply("{\"exited\": true}"));
        ExecStatus status = agent.execStatus(7, soon());
        assertThat(status.exited()).isTrue();
        assertThat(status.exitCode()).isNull();
        assertThat(status.signal()).isNull();
    }

    @Test
    void anExitCodeOfWindowsFits() throws Exception {
        fake.on("guest-exec-status", (request, wire) -> wire.reply("{\"exited\": true, \"exitcode\": 3221225477}"));
        assertThat(agent.execStatus(7, soon()).exitCode()).isEqualTo(0xC0000005);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"count\": 3, \"buf-b64\": \"QUJDRA==\", \"eof\": false}",
                "{\"count\": 200, \"buf-b64\": \"\", \"eof\": false}",
                "{\"buf-b64\": \"QUJD\", \"eof\": false}",
                "{\"count\": 3, \"buf-b64\": \"QUJD\"}",
                "{\"count\": 12, \"buf-b64\": \"QUJDQUJDQUJDQUJD\", \"eof\": false}",
            })
    void aReadWithAWrongOrTooLargeCountIsRefused(String read) throws Exception {
        fake.on("guest-file-read", (request, wire) -> wire.reply(read));
        assertThatThrownBy(() -> agent.fileRead(1, 10, soon())).isInstanceOf(AgentProtocolException.class);
        theNextCallWorksAndNoOtherAgentNotices();
    }

    @Test
    void aWriteOfMoreThanWasGivenIsRefused() throws Exception {
        fake.on("guest-file-write", (request, wire) -> wire.reply("{\"count\": 4, \"eof\": false}"));
        assertThatThrownBy(() -> agent.fileWrite(1, new byte[3], soon())).isInstanceOf(AgentProtocolException.class);
        theNextCallWorksAndNoOtherAgentNotices();
    }

    @Test
    void repliesToSomebodyElseAreThrownAway() throws Exception {
        fake.on("guest-exec", (request, wire) -> {
            wire.line("{\"return\": {\"pid\": 1}, \"id\": 12345}");
            wire.line("{\"return\": {\"exited\": false}, \"id\": \"libvirt-7\"}");
            wire.line("{\"return\": {\"pid\": 2}}");
            wire.line("{\"error\": {\"class\": \"GenericError\", \"desc\": \"late\"}}");
            wire.reply("{\"pid\": 3}");
        });
        assertThat(agent.exec(COMMAND, soon())).isEqualTo(3);
        assertThat(fake.connections()).isEqualTo(1);
    }

    @Test
    void aReplyWithAnotherIdAloneEndsAtTheDeadline() throws Exception {
        fake.on("guest-exec", line("{\"return\": {\"pid\": 1}, \"id\": 12345}"));
        AgentTimeoutException late =
                catchThrowableOfType(AgentTimeoutException.class, () -> agent.exec(COMMAND, verySoon()));
        assertThat(late.stage()).isEqualTo(Stage.REPLY);
        assertThat(late.mayHaveActed()).isTrue();
        theNextCallWorksAndNoOtherAgentNotices();
    }

    @Test
    void anEndlessStreamOfOtherRepliesIsRefused() throws Exception {
        fake.on(
                "guest-exec",
                (request, wire) -> flood(wire, "{\"return\": {\"pid\": 1}, \"id\": 12345}\n", 100_000_000));
        execFailsWithProtocolException();
    }

    @Test
    void anEndlessGreetingIsRefused() throws Exception {
        fake.on("guest-sync-delimited", (request, wire) -> flood(wire, "\u00FFGUEST\n", 1_000_000_000));
        AgentException e = catchThrowableOfType(AgentException.class, () -> agent.exec(COMMAND, soon()));
        // On a slow machine the time for the greeting ends first.
        assertThat(e).isInstanceOfAny(AgentProtocolException.class, AgentTimeoutException.class);
        assertThat(e.mayHaveActed()).isFalse();
        assertThat(e).hasMessageNotContaining(MARK);
    }

    @Test
    void aGreetingFindsItsReplyAmongWhatEarlierClientsLeft() throws Exception {
        AtomicReference<String> number = new AtomicReference<>();
        fake.on("guest-sync-delimited", (request, wire) -> {
            number.set(request.arguments().replaceAll("\\D", ""));
            wire.line("xited\": true, \"out-data\": \"" + "QUJD".repeat(100_000) + "\"}}");
            wire.bytes(new byte[] {(byte) 0xFF});
            wire.line("{\"return\": 5}");
            wire.bytes(new byte[] {(byte) 0xFF});
            wire.bytes("{\"return\": ".getBytes(StandardCharsets.UTF_8));
            wire.bytes(new byte[] {(byte) 0xFF});
            wire.line("{\"return\": " + number.get() + "}");
        });
        agent.ping(soon());
        assertThat(fake.connections()).isEqualTo(1);
    }

    @Test
    void aReplyAfterItsDeadlineIsNotTakenForTheNextCalls() throws Exception {
        AtomicReference<Request> first = new AtomicReference<>();
        fake.on("guest-exec", (request, wire) -> first.set(request));
        assertThatThrownBy(() -> agent.exec(COMMAND, verySoon())).isInstanceOf(AgentTimeoutException.class);
        fake.on("guest-exec", (request, wire) -> {
            // A virtio-serial channel hands the late reply to whoever is connected by then.
            wire.line("{\"return\": {\"pid\": 1}, \"id\": " + first.get().id() + "}");
            wire.reply("{\"pid\": 2}");
        });
        assertThat(agent.exec(COMMAND, soon())).isEqualTo(2);
    }

    @Test
    void whatComesUnaskedEndsTheConnection() throws Exception {
        fake.on("guest-exec", (request, wire) -> {
            String reply = "{\"return\": {\"pid\": 1}, \"id\": " + request.id() + "}\n";
            wire.bytes((reply + "{\"return\": {\"pid\": 666}, \"id\": 1}\n").getBytes(StandardCharsets.UTF_8));
        });
        assertThat(agent.exec(COMMAND, soon())).isEqualTo(1);
        theNextCallWorksAndNoOtherAgentNotices();
        assertThat(fake.connections()).isEqualTo(2);
    }

    @Test
    void halfALineAndSilenceEndsAtTheDeadline() throws Exception {
        fake.on("guest-exec", (request, wire) -> wire.bytes("{\"return\": {\"pi".getBytes(StandardCharsets.UTF_8)));
        assertThatThrownBy(() -> agent.exec(COMMAND, verySoon()))
                .isInstanceOfSatisfying(
                        AgentTimeoutException.class, e -> assertThat(e.stage()).isEqualTo(Stage.REPLY));
        theNextCallWorksAndNoOtherAgentNotices();
    }

    @Test
    void halfALineAndAHangUpIsADroppedConnection() throws Exception {
        fake.on("guest-exec", (request, wire) -> {
            wire.bytes("{\"return\": {\"pi".getBytes(StandardCharsets.UTF_8));
            wire.hangUp();
        });
        assertThatThrownBy(() -> agent.exec(COMMAND, soon())).isInstanceOfSatisfying(NotConnectedException.class, e -> {
            assertThat(e.reason()).isEqualTo(Reason.DROPPED);
            assertThat(e.mayHaveActed()).isTrue();
        });
        theNextCallWorksAndNoOtherAgentNotices();
    }

    @Test
    void anErrorIsShownPrintableAndCutShort() throws Exception {
        fake.on(
                "guest-exec",
                (request, wire) -> wire.error("Generic\\u001bError", "a\\u0000\\u202e\\n" + "x".repeat(100_000)));
        AgentErrorException e = catchThrowableOfType(AgentErrorException.class, () -> agent.exec(COMMAND, soon()));
        assertThat(e.errorClass()).isEqualTo("Generic\\u001BError");
        assertThat(e.description())
                .startsWith("a\\u0000\\u202E\\u000Axxx")
                .hasSize(200)
                .endsWith("…");
        assertThat(e.mayHaveActed()).isFalse();
        assertThat(fake.connections()).isEqualTo(1);
    }

    /** How many bytes of heap this thread has ever allocated. */
    private static long allocatedHere() {
        return ((com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
    }

    private static void flood(Wire wire, String text, int bytes) {
        byte[] piece = text.repeat(Math.max(1, 60_000 / text.length())).getBytes(StandardCharsets.ISO_8859_1);
        try {
            for (int sent = 0; sent < bytes; sent += piece.length) {
                wire.bytes(bytes - sent < piece.length ? Arrays.copyOf(piece, bytes - sent) : piece);
            }
        } catch (IOException e) {
            // The client has had enough, as it should.
        }
    }
}
