// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bellhop.qga.Deadline;
import dev.bellhop.server.stream.StreamConnection.Heartbeat;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The server's end of a stream against guests that do what they like. */
@Timeout(120)
@Tag("real")
class HostileGuestTest {
    private static final byte[] NONCE = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] MAGIC = "BELLHOP\u0001".getBytes(StandardCharsets.US_ASCII);
    private static final Heartbeat PATIENT = new Heartbeat(Duration.ofMinutes(1), Duration.ofMinutes(1));

    @TempDir
    private Path folder;

    private SocketChannel guest;
    private SocketChannel host;
    private final CountDownLatch lost = new CountDownLatch(1);

    @BeforeEach
    void connect() throws IOException {
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(folder.resolve("s"));
        try (ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            listener.bind(address);
            guest = SocketChannel.open(address);
            host = listener.accept();
        }
    }

    @AfterEach
    void close() throws IOException {
        guest.close();
        host.close();
    }

    private StreamConnection start(Heartbeat heartbeat) {
        return StreamConnection.start(host, NONCE, heartbeat, lost::countDown);
    }

    private static Deadline soon() {
        return Deadline.after(Duration.ofSeconds(20));
    }

    private void send(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            guest.write(bytes);
        }
    }

    private void send(byte[] bytes) throws IOException {
        send(ByteBuffer.wrap(bytes));
    }

    private byte[] receive(int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        while (bytes.hasRemaining()) {
            if (guest.read(bytes) < 0) {
                throw new IOException("closed");
            }
        }
        return bytes.array();
    }

    private void greet() throws IOException {
        byte[] mine = new byte[16];
        mine[3] = 7;
        send(MAGIC);
        send(NONCE);
        send(mine);
        assertThat(receive(8)).isEqualTo(MAGIC);
        assertThat(receive(16)).isEqualTo(mine);
    }

    private void frame(FrameType type, int channel, byte... payload) throws IOException {
        send(ByteBuffer.allocate(9 + payload.length)
                .put((byte) type.code)
                .putInt(channel)
                .putInt(payload.length)
                .put(payload)
                .flip());
    }

    private StreamConnection greeted() throws Exception {
        StreamConnection stream = start(PATIENT);
        greet();
        assertThat(stream.awaitReady(soon())).isTrue();
        return stream;
    }

    /** With a command in channel 1 that the guest has started. */
    private GuestProcess process(StreamConnection stream) throws Exception {
        CompletableFuture<GuestProcess> process = new CompletableFuture<>();
        Thread.startVirtualThread(() -> {
            try {
                process.complete(stream.exec(GuestCommand.of("sh"), soon()));
            } catch (StreamException e) {
                process.completeExceptionally(e);
            }
        });
        ByteBuffer header = ByteBuffer.wrap(receive(9));
        assertThat(header.get()).isEqualTo((byte) FrameType.OPEN.code);
        assertThat(header.getInt()).isEqualTo(1);
        receive(header.getInt());
        frame(FrameType.OPENED, 1, new byte[] {0, 0, 0, 42});
        return process.get(20, TimeUnit.SECONDS);
    }

    private void assertLost(StreamConnection stream) throws Exception {
        assertThat(lost.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(stream.isOpen()).isFalse();
        assertThatThrownBy(() -> stream.exec(GuestCommand.of("true"), soon()))
                .isInstanceOfSatisfying(
                        StreamException.class, e -> assertThat(e.kind()).isEqualTo(StreamException.Kind.LOST));
    }

    @Test
    void whatStandsBeforeTheGreetingIsSkipped() throws Exception {
        StreamConnection stream = start(PATIENT);
        send("of another run: BELLHOP\u0001abcdefghijklmnopBELLBELLHOP\u0001BELLHOP"
                .getBytes(StandardCharsets.US_ASCII));
        greet();
        assertThat(stream.awaitReady(soon())).isTrue();
    }

    @Test
    void aWrongNonceIsNoGreeting() throws Exception {
        StreamConnection stream = start(PATIENT);
        send(MAGIC);
        send("fedcba9876543210".getBytes(StandardCharsets.US_ASCII));
        send(new byte[16]);

        // What it answers is the greeting after that.
        greet();
        assertThat(stream.awaitReady(soon())).isTrue();
    }

    @Test
    void endlessGarbageIsGivenUp() throws Exception {
        StreamConnection stream = start(PATIENT);
        byte[] garbage = new byte[1 << 16];
        assertThatThrownBy(() -> {
                    while (true) {
                        send(garbage);
                    }
                })
                .isInstanceOf(IOException.class);
        assertLost(stream);
    }

    @Test
    void aFrameOfNoKnownTypeEndsTheStream() throws Exception {
        StreamConnection stream = greeted();
        send(new byte[] {99, 0, 0, 0, 1, 0, 0, 0, 0});
        assertLost(stream);
    }

    @Test
    void aFrameOfTheHostEndsTheStream() throws Exception {
        StreamConnection stream = greeted();
        frame(FrameType.OPEN, 1);
        assertLost(stream);
    }

    @ParameterizedTest
    @ValueSource(ints = {256 * 1024 + 65, Integer.MAX_VALUE, -1})
    void aFrameThatIsTooLargeEndsTheStream(int length) throws Exception {
        StreamConnection stream = greeted();
        send(ByteBuffer.allocate(9)
                .put((byte) FrameType.PONG.code)
                .putInt(0)
                .putInt(length)
                .flip());
        assertLost(stream);
    }

    @Test
    void aChannelThatWasNeverOpenedEndsTheStream() throws Exception {
        StreamConnection stream = greeted();
        frame(FrameType.OUT, 5, (byte) 1);
        assertLost(stream);
    }

    @Test
    void moreThanTheCreditEndsTheStream() throws Exception {
        StreamConnection stream = greeted();
        GuestProcess process = process(stream);
        frame(FrameType.OUT, 1, new byte[ReceiveBuffer.WINDOW]);
        frame(FrameType.OUT, 1, (byte) 1);
        assertLost(stream);
        // What came before the violation is there.
        assertThat(process.stdout().read(1 << 20, soon()).orElseThrow()).hasSize(ReceiveBuffer.WINDOW);
        assertThatThrownBy(() -> process.stdout().read(1, soon())).isInstanceOf(StreamException.class);
    }

    @Test
    void creditForWhatWasNotSentEndsTheStream() throws Exception {
        StreamConnection stream = greeted();
        process(stream);
        frame(FrameType.GRANTED, 1, (byte) 0, (byte) 0, (byte) 0, (byte) 1);
        assertLost(stream);
    }

    @Test
    void outputAfterItsEndEndsTheStream() throws Exception {
        StreamConnection stream = greeted();
        process(stream);
        frame(FrameType.ENDED, 1, (byte) 0);
        frame(FrameType.OUT, 1, (byte) 1);
        assertLost(stream);
    }

    @Test
    void aFrameThatIsTooShortEndsTheStream() throws Exception {
        StreamConnection stream = greeted();
        process(stream);
        frame(FrameType.EXITED, 1, (byte) 0);
        assertLost(stream);
    }

    @Test
    void anAnswerThatNobodyAskedForEndsTheStream() throws Exception {
        StreamConnection stream = greeted();
        process(stream);
        frame(FrameType.REPLY, 1, new byte[8]);
        assertLost(stream);
    }

    @Test
    void aGuestThatFallsSilentIsLost() throws Exception {
        StreamConnection stream = start(new Heartbeat(Duration.ofMillis(20), Duration.ofSeconds(1)));
        greet();
        assertThat(stream.awaitReady(soon())).isTrue();
        assertLost(stream);
    }

    @Test
    void aGuestThatAnswersIsNotLost() throws Exception {
        StreamConnection stream = start(new Heartbeat(Duration.ofMillis(1), Duration.ofSeconds(20)));
        greet();
        assertThat(stream.awaitReady(soon())).isTrue();
        for (int i = 0; i < 100; i++) {
            assertThat(receive(9)).startsWith((byte) FrameType.PING.code);
            frame(FrameType.PONG, 0);
        }
        assertThat(stream.isOpen()).isTrue();
    }

    @Test
    void aCommandThatIsNotAnsweredIsLateAndClosed() throws Exception {
        StreamConnection stream = greeted();
        assertThatThrownBy(() -> stream.exec(GuestCommand.of("sh"), Deadline.after(Duration.ofMillis(50))))
                .isInstanceOfSatisfying(
                        StreamException.class, e -> assertThat(e.kind()).isEqualTo(StreamException.Kind.LATE));
        ByteBuffer header = ByteBuffer.wrap(receive(9));
        assertThat(header.get()).isEqualTo((byte) FrameType.OPEN.code);
        receive(header.getInt(5));
        assertThat(receive(9)).startsWith((byte) FrameType.CLOSE.code);
    }

    @Test
    void anEndOfTheConnectionFailsWhatIsOpen() throws Exception {
        StreamConnection stream = greeted();
        GuestProcess process = process(stream);
        guest.close();
        assertThatThrownBy(() -> process.stdout().read(1, soon()))
                .isInstanceOfSatisfying(
                        StreamException.class, e -> assertThat(e.kind()).isEqualTo(StreamException.Kind.LOST));
        assertThatThrownBy(() -> process.awaitEnd(soon())).isInstanceOf(StreamException.class);
        assertLost(stream);
    }

    /** The number of the question that the guest is asked next. */
    private byte[] question() throws IOException {
        ByteBuffer header = ByteBuffer.wrap(receive(9));
        assertThat(header.get()).isEqualTo((byte) FrameType.PING.code);
        assertThat(header.getInt()).isZero();
        return receive(header.getInt());
    }

    @Test
    void theAnswerToAnEarlierQuestionIsNoSignOfLife() throws Exception {
        StreamConnection stream = greeted();
        assertThat(stream.answers(Deadline.after(Duration.ZERO))).isFalse();
        byte[] first = question();
        CompletableFuture<Boolean> answers = new CompletableFuture<>();
        Thread.startVirtualThread(() -> {
            try {
                answers.complete(stream.answers(soon()));
            } catch (StreamException e) {
                answers.completeExceptionally(e);
            }
        });
        byte[] second = question();
        frame(FrameType.PONG, 0, first);
        frame(FrameType.PONG, 0);
        // What comes after it has been read when this is answered.
        process(stream);
        assertThat(answers).isNotDone();
        frame(FrameType.PONG, 0, second);
        assertThat(answers.get(20, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void anAnswerToNoQuestionEndsTheStream() throws Exception {
        StreamConnection stream = greeted();
        frame(FrameType.PONG, 0, new byte[] {0, 0, 0, 0, 0, 0, 0, 1});
        assertLost(stream);
    }
}
