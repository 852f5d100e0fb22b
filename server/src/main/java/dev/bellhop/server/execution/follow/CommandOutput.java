// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.follow;

import dev.bellhop.qga.AgentErrorException;
import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.RpcDisabledException;
import dev.bellhop.qga.RpcMissingException;
import dev.bellhop.server.execution.Execution;
import dev.bellhop.server.execution.ExecutionId;
import dev.bellhop.server.execution.OpenFiles;
import dev.bellhop.server.execution.OutputChunk;
import dev.bellhop.server.execution.OutputSize;
import dev.bellhop.server.execution.OutputStreamName;
import dev.bellhop.server.execution.follow.GuestProcess.Sink;
import dev.bellhop.server.execution.guest.Guest;
import dev.bellhop.server.execution.guest.GuestProcesses;
import dev.bellhop.server.execution.guest.Stopwatch;
import dev.bellhop.server.execution.guest.StreamedProcess;
import dev.bellhop.server.execution.script.Inspection;
import dev.bellhop.server.execution.script.Spool;
import dev.bellhop.server.execution.script.SupervisorReply;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The output of one supervised command, both streams: how much of it is kept here, and reading on in the guest. What is read
 * is kept before anything else can fail. Used by one thread.
 */
final class CommandOutput {
    private static final Logger log = LoggerFactory.getLogger(CommandOutput.class);
    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(30);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

    /** Where the end is known, the rest of the output is all there is to wait for. */
    static final Duration REFUSED_FOR_GOOD = Duration.ofMinutes(1);

    /** How long the end of a command waits for those who follow it to have what is not kept. */
    private static final Duration PASSED_AFTER_END = Duration.ofMinutes(15);

    private static final byte[] NOTHING = {};

    private final ExecutionId id;
    private final @Nullable StreamedProcess streamed;
    private final Guest guest;
    private final OutputLimit limit;
    private final OutputPolling pace;
    private final LongSupplier nanoTime;
    private final OutputTail stdout;
    private final OutputTail stderr;
    private final Stopwatch refused;

    /** The streams take turns to be read first, since there may be no time for the other. */
    private boolean stderrFirst = true;

    private boolean leftInGuest;

    /** Whether no more is kept. It stays so, whatever room its account has later, or a part would be missing in the middle. */
    private boolean isFull;

    /** Whether bytes that are not kept have been, or may have been, given back to the guest's disk. */
    private boolean hasGap;

    /** Since when there is nothing more to come but what the guest has. */
    private @Nullable Long endKnown;

    /**
     * Goes on where the execution was stored last.
     *
     * @param left what an earlier server has left open in the guest
     * @param streamed over whose stream it is read while that is open; absent where the agent alone reads it
     */
    CommandOutput(
            Execution execution,
            OpenFiles left,
            @Nullable StreamedProcess streamed,
            Guest guest,
            Spool spool,
            OutputLimit limit,
            OutputPolling pace,
            LongSupplier nanoTime) {
        this.id = execution.id();
        this.streamed = streamed;
        this.guest = guest;
        this.limit = limit;
        this.pace = pace;
        this.nanoTime = nanoTime;
        this.refused = new Stopwatch(nanoTime);
        this.stdout = tail(execution, spool, OutputStreamName.STDOUT, left.stdout());
        this.stderr = tail(execution, spool, OutputStreamName.STDERR, left.stderr());
        // An earlier server may have dropped some.
        this.hasGap = execution.startedAt() != null && room() == 0;
    }

    private static OutputTail tail(Execution execution, Spool spool, OutputStreamName stream, @Nullable Long left) {
        return new OutputTail(
                spool.output(execution.id(), stream), stream, execution.output().of(stream), left);
    }

    OpenFiles openFiles() {
        return new OpenFiles(stdout.handle(), stderr.handle());
    }

    /** New bytes of both streams, which count once they are kept. */
    @SuppressWarnings("ArrayRecordComponent")
    record Peeked(byte[] stdout, byte[] stderr) {
        static final Peeked NONE = new Peeked(NOTHING, NOTHING);
    }

    /**
     * Reads on through kept handles, as {@link OutputTail#peek}; where somebody waits for the agent, one chunk at most. Of what
     * is not kept, what those who follow have room for.
     */
    Peeked peek(GuestAgent agent, Sink sink, Deadline deadline) throws AgentException {
        stderrFirst = !stderrFirst;
        OutputTail first = stderrFirst ? stderr : stdout;
        OutputTail second = stderrFirst ? stdout : stderr;
        int room = room();
        byte[] one = first.peek(agent, room > 0 ? room : roomToPass(first, sink), deadline);
        int left = room > 0 ? room - one.length : roomToPass(second, sink);
        // Whoever waits waits for one chunk, of both together.
        int most = guest.processes().isWaitedFor() ? Math.min(left, OutputTail.CHUNK - one.length) : left;
        byte[] two = second.peek(agent, most, deadline);
        return stderrFirst ? new Peeked(two, one) : new Peeked(one, two);
    }

    /** Keeps them, or passes them on where no more is kept. */
    void take(Peeked peeked, Sink sink) throws InterruptedException {
        boolean isKept = room() > 0;
        stdout.accept(peeked.stdout.length);
        stderr.accept(peeked.stderr.length);
        List<OutputChunk> chunks = new ArrayList<>();
        add(stdout, peeked.stdout, chunks);
        add(stderr, peeked.stderr, chunks);
        if (isKept) {
            keep(chunks, sink);
        } else {
            pass(chunks, sink);
        }
    }

    private void pass(List<OutputChunk> chunks, Sink sink) {
        OutputRelay passing = sink.passing();
        for (OutputChunk chunk : chunks) {
            tail(chunk.stream()).isNotKept(chunk.bytes().length);
        }
        if (passing == null) {
            hasGap |= !chunks.isEmpty();
        } else if (!chunks.isEmpty()) {
            pace.wrote(nanoTime.getAsLong(), isMore(chunks));
            passing.pass(chunks);
        }
    }

    /** Whether what is not kept is passed on, from the first byte of it. */
    boolean isPassing(Sink sink) {
        OutputRelay passing = sink.passing();
        return room() == 0 && !hasGap && passing != null && passing.isFollowed();
    }

    private int roomToPass(OutputTail tail, Sink sink) {
        OutputRelay passing = sink.passing();
        return passing != null && isPassing(sink) ? passing.room(tail.stream()) : 0;
    }

    /** What is not kept is given back to the guest's disk, and can be passed on no more. */
    void dropped() {
        hasGap = true;
    }

    private void keep(List<OutputChunk> chunks, Sink sink) throws InterruptedException {
        if (!chunks.isEmpty()) {
            pace.wrote(nanoTime.getAsLong(), isMore(chunks));
            sink.append(chunks, size());
        }
    }

    private static boolean isMore(List<OutputChunk> chunks) {
        return chunks.stream().anyMatch(chunk -> chunk.bytes().length == OutputTail.CHUNK);
    }

    private static void add(OutputTail tail, byte[] bytes, List<OutputChunk> chunks) {
        if (bytes.length > 0) {
            chunks.add(new OutputChunk(tail.stream(), tail.offset() - bytes.length, bytes));
        }
    }

    /** Whether what came back with the end is all there is, and all of it is to be kept. */
    boolean isWhole(SupervisorReply.Ended ended) {
        return ended.stdout().whole()
                && ended.stderr().whole()
                && bytes(ended.stdout()).length + bytes(ended.stderr()).length <= limit.room(0);
    }

    /** What is not kept yet of output that came back whole; it counts at once. */
    List<OutputChunk> rest(SupervisorReply.Ended ended) {
        List<OutputChunk> last = new ArrayList<>();
        add(stdout, stdout.rest(bytes(ended.stdout())), last);
        add(stderr, stderr.rest(bytes(ended.stderr())), last);
        return last;
    }

    /** Keeps what is new of output whose first bytes came back: the rest may never be read. */
    void keepHeads(SupervisorReply.Ended ended, Sink sink) throws InterruptedException {
        List<OutputChunk> heads = new ArrayList<>();
        add(stdout, stdout.next(bytes(ended.stdout()), room()), heads);
        add(stderr, stderr.next(bytes(ended.stderr()), room()), heads);
        keep(heads, sink);
    }

    private static byte[] bytes(SupervisorReply.Head head) {
        byte[] bytes = head.bytes();
        return bytes == null ? NOTHING : bytes;
    }

    /** Reads on, with handles for that alone, where the agent allows it now. */
    void follow(GuestAgent agent, Sink sink) throws AgentException, InterruptedException {
        WriteBehind.during(sink, behind -> {
            // One is read while the other is written.
            for (OutputTail tail : List.of(stdout, stderr)) {
                try {
                    keepNext(tail, agent, behind);
                } catch (AgentErrorException | RpcDisabledException | RpcMissingException e) {
                    // It is looked at again.
                }
            }
            return true;
        });
    }

    /**
     * Reads as far as the files went when the command had ended: what it left behind may write on for ever. An agent that
     * does not let them be read now is asked again later, for a while. False where that was in vain, or there is no file.
     */
    boolean readToEnd(Inspection inspection, GuestAgent agent, Sink sink) throws AgentException, InterruptedException {
        boolean out = readTo(inspection.stdoutBytes(), stdout, agent, sink);
        boolean err = readTo(inspection.stderrBytes(), stderr, agent, sink);
        return out && err;
    }

    private boolean readTo(@Nullable Long length, OutputTail tail, GuestAgent agent, Sink sink)
            throws AgentException, InterruptedException {
        if (length == null) {
            return false;
        }
        tail.noteLength(length);
        endKnown = endKnown == null ? (Long) nanoTime.getAsLong() : endKnown;
        return WriteBehind.during(sink, behind -> {
            try {
                while (tail.place() < length && keepNext(tail, agent, behind)) {
                    // There may be more.
                    refused.ends();
                }
                return true;
            } catch (AgentErrorException | RpcDisabledException | RpcMissingException e) {
                if (refused.exceeds(REFUSED_FOR_GOOD)) {
                    leftInGuest = true;
                    return false;
                }
                throw e;
            }
        });
    }

    /** The agent does not answer, and so refuses nothing. */
    void away() {
        refused.ends();
    }

    /** False where there is no more now. */
    private boolean keepNext(OutputTail tail, GuestAgent agent, WriteBehind sink)
            throws AgentException, InterruptedException {
        // What is being written need not count yet.
        if (room() < 2 * sink.readBytes()) {
            sink.awaitDurable();
        }
        int roomToKeep = room();
        boolean isKept = roomToKeep > 0;
        int room = isKept ? roomToKeep : awaitRoomToPass(tail, sink);
        if (room == 0) {
            return false;
        }
        List<OutputChunk> chunks = readNext(tail, agent, Math.min(room, sink.readBytes()));
        if (isKept) {
            keep(chunks, sink);
        } else {
            // Whoever follows goes on from what is kept.
            sink.awaitDurable();
            pass(chunks, sink);
        }
        return !chunks.isEmpty();
    }

    private List<OutputChunk> readNext(OutputTail tail, GuestAgent agent, int most) throws AgentException {
        List<OutputChunk> chunks = streamed == null ? null : tail.readOver(streamed, most);
        if (chunks != null) {
            return chunks;
        }
        Deadline deadline = Deadline.after(CALL_TIMEOUT);
        GuestProcesses processes = guest.processes();
        return processes.exclusively(
                agent, deadline, () -> tail.readApart(agent, most, processes::isWaitedFor, deadline));
    }

    /** Nothing where nobody follows, or the end has waited for them for long enough. */
    private int awaitRoomToPass(OutputTail tail, Sink sink) throws InterruptedException {
        OutputRelay passing = sink.passing();
        boolean isLate = endKnown != null && nanoTime.getAsLong() - endKnown > PASSED_AFTER_END.toNanos();
        return passing == null || isLate || !isPassing(sink) ? 0 : passing.awaitRoom(tail.stream());
    }

    boolean isLeftInGuest() {
        return leftInGuest;
    }

    /** How many bytes more are to be kept. */
    int room() {
        if (isFull) {
            return 0;
        }
        int room = Math.clamp(limit.room(stdout.kept() + stderr.kept()), 0, Integer.MAX_VALUE);
        isFull = room == 0;
        return room;
    }

    OutputSize size() {
        return new OutputSize(stdout.kept(), stderr.kept(), false);
    }

    /** What is kept, which is not known to be all. */
    OutputSize captured() {
        return new OutputSize(stdout.kept(), stderr.kept(), true);
    }

    /**
     * What is kept in the end.
     *
     * @param whole whether all was read that is to be kept
     */
    OutputSize finalSize(Inspection inspection, boolean whole) {
        if (whole && room() > 0) {
            return size();
        }
        Long out = beyond(stdout, inspection.stdoutBytes());
        Long err = beyond(stderr, inspection.stderrBytes());
        return new OutputSize(stdout.kept(), stderr.kept(), !whole || out != null || err != null, out, err);
    }

    /** How much was written to a stream; absent where all of that is kept. */
    private static @Nullable Long beyond(OutputTail tail, @Nullable Long fileLength) {
        if (fileLength == null) {
            return null;
        }
        long written = tail.written(fileLength);
        return written > tail.kept() ? written : null;
    }

    /** How far the file of a stream was read. */
    long place(OutputStreamName stream) {
        return tail(stream).place();
    }

    /** How long the file of a stream is now; zero where that cannot be told. */
    long length(OutputStreamName stream, GuestAgent agent) throws AgentException {
        Deadline deadline = Deadline.after(CALL_TIMEOUT);
        return guest.processes()
                .exclusively(
                        agent, deadline, () -> Optional.ofNullable(tail(stream).lengthApart(agent, deadline)))
                .orElse(0L);
    }

    private OutputTail tail(OutputStreamName stream) {
        return stream == OutputStreamName.STDOUT ? stdout : stderr;
    }

    void forgetFiles() {
        stdout.forget();
        stderr.forget();
    }

    /** Closes the kept handles. Not while somebody else uses a file, which might be what such a number stands for by now. */
    void closeFiles(GuestAgent agent) {
        if (openFiles().equals(OpenFiles.NONE)) {
            return;
        }
        Deadline deadline = Deadline.after(CLOSE_TIMEOUT);
        try {
            guest.processes().exclusively(agent, deadline, () -> {
                stdout.close(agent, deadline);
                stderr.close(agent, deadline);
                return true;
            });
        } catch (AgentException e) {
            log.debug("Cannot close the output files of execution {}", id, e);
            forgetFiles();
        }
    }
}
