// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.bellhop.qga.AgentErrorException;
import dev.bellhop.qga.AgentText;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ExecStatus;
import dev.bellhop.qga.FileChunk;
import dev.bellhop.qga.ReplyBudget;
import dev.bellhop.qga.ReplyLimits;
import dev.bellhop.qga.client.Reply.Misfit;
import dev.bellhop.qga.client.Reply.Refusal;
import dev.bellhop.qga.client.Reply.Result;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/**
 * Whatever bytes a guest sends, reading them ends: with a reply, with {@link MalformedReplyException}, or with the end of
 * the input, and within the limits. An ordinary test run goes through the inputs that are kept as resources; README.md
 * says how to look for new ones.
 */
class ReplyFuzzTest {

    private static final ReplyLimits LIMITS = ReplyLimits.defaults()
            .withMaxLineBytes(2048)
            .withMaxNesting(8)
            .withMaxExecStreamBytes(300)
            .withMaxFileReadBytes(300)
            .withMaxDiscarded(4096, 20);

    private static final List<ResultReader<?>> READERS = List.of(
            ResultReaders::nothing,
            ResultReaders::number,
            ResultReaders::handle,
            ResultReaders::pid,
            ResultReaders::execStatus,
            ResultReaders.fileChunk(300),
            ResultReaders.written(300),
            ResultReaders::fileSeek,
            ResultReaders::info,
            ResultReaders::osInfo,
            ResultReaders::frozen,
            GuestInfoReaders::hostName,
            GuestInfoReaders::interfaces,
            GuestInfoReaders::fileSystems,
            GuestInfoReaders::users,
            GuestInfoReaders::timeZone,
            GuestInfoReaders::load);

    private final ReplyParser parser = new ReplyParser(LIMITS);

    /** The first byte chooses what is expected, the second how many bytes come at a time, and the rest is what comes. */
    @FuzzTest(maxDuration = "1h")
    void readingEndsWithinTheLimits(byte[] input) throws Exception {
        if (input.length < 2) {
            return;
        }
        ResultReader<?> reader = READERS.get((input[0] & 0xFF) % READERS.size());
        int chunk = 1 + (input[1] & 0xFF);
        byte[] stream = Arrays.copyOfRange(input, 2, input.length);
        readAsLines(reader, stream, chunk);
        lookForSync(stream, chunk);
        readBothWays(reader, stream);
    }

    private void readAsLines(ResultReader<?> reader, byte[] stream, int chunk) {
        ReplyBudget budget = new ReplyBudget(0);
        BoundedInput intake = new BoundedInput(LIMITS, budget);
        intake.begin(Deadline.after(Duration.ofSeconds(10)));
        LineReader inbox = new LineReader(new Script(stream, chunk), parser, intake);
        try {
            for (; ; ) {
                check(inbox.next(reader));
                inbox.discardLast();
            }
        } catch (MalformedReplyException e) {
            assertThat(e.what()).isNotEmpty();
        } catch (EOFException e) {
            // All of the input was read.
        } catch (IOException e) {
            throw new AssertionError("No other exception belongs here", e);
        } finally {
            intake.end(true);
        }
        assertThat(budget.held()).isZero();
    }

    private void lookForSync(byte[] stream, int chunk) {
        LineReader inbox =
                new LineReader(new Script(stream, chunk), parser, new BoundedInput(LIMITS, new ReplyBudget(0)));
        try {
            inbox.skipToSync(5);
            assertThat(stream).contains((byte) 0xFF, (byte) '5');
        } catch (MalformedReplyException e) {
            assertThat(e.what()).isNotEmpty();
        } catch (EOFException e) {
            // It was not there.
        } catch (IOException e) {
            throw new AssertionError("No other exception belongs here", e);
        }
    }

    /** A line gives the same whether it is there in full or comes in piece by piece. */
    private void readBothWays(ResultReader<?> reader, byte[] line) {
        try {
            ReplyParser.requireStart(line, 0, line.length);
        } catch (MalformedReplyException e) {
            return;
        }
        String here =
                outcome(() -> parser.parse(line, 0, line.length, reader, new BoundedInput(LIMITS, new ReplyBudget(0))));
        String streamed = outcome(() ->
                parser.parse(new ByteArrayInputStream(line), reader, new BoundedInput(LIMITS, new ReplyBudget(0))));
        assertThat(streamed).isEqualTo(here);
    }

    private interface Parse {
        Reply<?> run() throws IOException, MalformedReplyException;
    }

    private static String outcome(Parse parse) {
        try {
            return check(parse.run());
        } catch (MalformedReplyException e) {
            return "malformed";
        } catch (IOException e) {
            throw new AssertionError("Nothing can fail here", e);
        }
    }

    private static String check(Reply<?> reply) {
        return reply.id()
                + switch (reply.outcome()) {
                    case Misfit<?>(String what) -> what;
                    case Refusal<?>(String errorClass, String description) -> {
                        String shown = AgentText.printable(description, AgentErrorException.MAX_DESCRIPTION);
                        assertThat(shown.length()).isLessThanOrEqualTo(AgentErrorException.MAX_DESCRIPTION);
                        assertThat(shown.chars()).noneMatch(Character::isISOControl);
                        yield errorClass + shown;
                    }
                    case Result<?>(ExecStatus status) -> {
                        assertThat(status.stdout().length).isLessThanOrEqualTo(300);
                        assertThat(status.stderr().length).isLessThanOrEqualTo(300);
                        yield status.toString() + Arrays.hashCode(status.stdout()) + Arrays.hashCode(status.stderr());
                    }
                    case Result<?>(FileChunk read) -> {
                        assertThat(read.data().length).isLessThanOrEqualTo(300);
                        yield read.toString() + Arrays.hashCode(read.data());
                    }
                    case Result<?>(Object value) -> value.toString();
                };
    }

    /** Gives bytes a few at a time. */
    private static final class Script implements ReadableByteChannel {

        private final ByteBuffer left;
        private final int chunk;

        Script(byte[] bytes, int chunk) {
            this.left = ByteBuffer.wrap(bytes);
            this.chunk = chunk;
        }

        @Override
        public int read(ByteBuffer target) {
            if (!left.hasRemaining()) {
                return -1;
            }
            int count = Math.min(chunk, Math.min(left.remaining(), target.remaining()));
            target.put(left.slice(left.position(), count));
            left.position(left.position() + count);
            return count;
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {}
    }
}
