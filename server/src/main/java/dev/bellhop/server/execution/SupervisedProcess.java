// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import dev.bellhop.qga.AgentErrorException;
import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.AgentProtocolException;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ExecStatus;
import dev.bellhop.qga.GuestAgent;
import dev.bellhop.qga.ReplyBudget;
import dev.bellhop.qga.RpcDisabledException;
import dev.bellhop.qga.RpcMissingException;
import dev.bellhop.server.hypervisor.VirtualMachine;
import dev.bellhop.server.hypervisor.VmDirectory;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A command under the supervisor. As long as the agent knows its pid the agent tells the end, and a short command's output
 * with it; output of a longer one is read from the spool as it grows. Once the agent has forgotten it, or tells something
 * else, the spool tells everything.
 */
final class SupervisedProcess implements GuestProcess {
    private static final Logger log = LoggerFactory.getLogger(SupervisedProcess.class);
    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(30);
    private static final Duration BETWEEN_DROPS = Duration.ofSeconds(5);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

    /** A hostile or broken agent must not be asked for ever. */
    private static final int UNREADABLE_REPLIES = 20;

    /** Nor one that answers and says no, though a backup may freeze a guest for a while. */
    private static final Duration REFUSED_FOR_GOOD = Duration.ofHours(1);

    /** Likewise where the end is known already, and more of the output is all there is to wait for. */
    private static final Duration FILES_REFUSED_FOR_GOOD = Duration.ofMinutes(1);

    /** After which whoever was ending it must have been killed too. */
    private static final Duration TIME_TO_END = Duration.ofSeconds(30);

    /** Likewise where nobody has said that it is to be ended: a signal may have been sent through us. */
    private static final Duration TIME_TO_WRITE = Duration.ofSeconds(3);

    private static final byte[] NOTHING = {};

    private final ExecutionId id;
    private final long pid;
    private final Execution execution;
    private final VmDirectory directory;
    private final Guest guest;
    private final Supervisor supervisor;
    private final ReplyBudget.Share share;
    private final long maxOutputBytes;
    private final Clock clock;
    private final Instant started;
    private final LongSupplier nanoTime;
    /** A VM's disk keeps what its memory does not, so it is waited for longer than where the agent alone knows. */
    private final StoppedVm stopped;

    private final Streak refused;
    private final Streak filesRefused;
    private final Streak gone;
    private final FollowPace pace;
    private final OutputTail stdout;
    private final OutputTail stderr;

    private final SpoolRelease release;

    /** The streams take turns to be read first, since there may be no time for the other. */
    private boolean stderrFirst = true;

    private long lastDropped;
    private boolean agentKnows = true;
    /** The end as the agent told it, which it does once; the spool need not have it where the guest's disk is full. */
    private @Nullable CommandEnd told;

    private int unreadable;
    /** Whether the spool may have more of it than is stored. */
    private boolean leftInSpool;

    /** @param share what results are held in; the caller closes it when they are stored */
    SupervisedProcess(
            Execution execution,
            long pid,
            VmDirectory directory,
            Guest guest,
            Supervisor supervisor,
            ReplyBudget.Share share,
            GuestSettings settings,
            Clock clock) {
        this(execution, pid, directory, guest, supervisor, share, settings, clock, System::nanoTime);
    }

    /** @param nanoTime a clock as {@link System#nanoTime} */
    SupervisedProcess(
            Execution execution,
            long pid,
            VmDirectory directory,
            Guest guest,
            Supervisor supervisor,
            ReplyBudget.Share share,
            GuestSettings settings,
            Clock clock,
            LongSupplier nanoTime) {
        this.execution = execution;
        this.id = execution.id();
        this.pid = pid;
        this.directory = directory;
        this.guest = guest;
        this.supervisor = supervisor;
        this.share = share;
        this.maxOutputBytes = settings.maxOutputBytes();
        this.clock = clock;
        this.nanoTime = nanoTime;
        this.stopped = new StoppedVm(settings.stoppedForGood(), nanoTime);
        this.refused = new Streak(nanoTime);
        this.filesRefused = new Streak(nanoTime);
        this.gone = new Streak(nanoTime);
        this.lastDropped = nanoTime.getAsLong();
        Instant before = execution.startedAt();
        this.started = before == null ? clock.instant() : before;
        // One that was taken up says nothing of how long a command takes.
        boolean justStarted = execution.pid() == null;
        this.pace = new FollowPace(nanoTime.getAsLong(), justStarted ? guest.firstLook() : new FirstLook());
        this.release = new SpoolRelease(guest, supervisor, id);
        this.stdout = tail(OutputStreamName.STDOUT);
        this.stderr = tail(OutputStreamName.STDERR);
    }

    private OutputTail tail(OutputStreamName stream) {
        return new OutputTail(
                supervisor.spool().output(id, stream),
                stream,
                execution.output().of(stream));
    }

    @Override
    public @Nullable Ending look(Sink sink) throws InterruptedException {
        Optional<VirtualMachine> vm = directory.find(execution.vm());
        if (vm.isEmpty()) {
            return stopped.seen() == null ? null : gaveUp(Reason.VM_STOPPED);
        }
        GuestAgent agent = vm.get().agent();
        pace.looking(nanoTime.getAsLong());
        try {
            Ending ending = agentKnows ? askAgent(agent, sink) : null;
            if (agentKnows) {
                unreadable = 0;
            } else {
                ending = askSpool(agent, sink);
            }
            stopped.answers();
            return ending;
        } catch (AgentProtocolException e) {
            agentKnows = false;
            return unreadable();
        } catch (AgentErrorException | RpcDisabledException | RpcMissingException e) {
            // Such as an agent that runs nothing while file systems are frozen.
            stopped.answers();
            return refused.exceeds(told == null ? REFUSED_FOR_GOOD : FILES_REFUSED_FOR_GOOD)
                    ? gaveUp(Reason.RESULT_UNREADABLE)
                    : null;
        } catch (AgentException e) {
            refused.ends();
            return stopped.unreachable(vm.get()) == null ? null : gaveUp(Reason.VM_STOPPED);
        }
    }

    private @Nullable Ending unreadable() {
        return ++unreadable >= UNREADABLE_REPLIES ? gaveUp(Reason.RESULT_UNREADABLE) : null;
    }

    /** What is known is all that ever will be: perhaps the end, and some of the output. */
    private Ending gaveUp(Reason reason) {
        leftInSpool = true;
        if (told == null) {
            return new Ending.Lost(reason);
        }
        OutputSize captured = new OutputSize(stdout.offset(), stderr.offset(), true);
        return new Ending.Ended(state(told), told.status(), captured, List.of());
    }

    private @Nullable Ending askAgent(GuestAgent agent, Sink sink) throws AgentException, InterruptedException {
        Deadline deadline = Deadline.after(CALL_TIMEOUT);
        Seen seen = guest.processes().apart(agent, deadline, () -> seeApart(agent, deadline));
        refused.ends();
        ExecStatus status = seen.status();
        if (status == null) {
            agentKnows = false;
            stdout.forget();
            stderr.forget();
            return null;
        }
        stdout.accept(seen.out().length);
        stderr.accept(seen.err().length);
        keep(seen.out(), seen.err(), sink);
        if (!status.exited()) {
            release(agent);
            return null;
        }
        return switch (SupervisorReply.parse(status, id, supervisor.spool())) {
            case SupervisorReply.Ended ended -> {
                pace.ended();
                yield ended(ended, sink);
            }
            case SupervisorReply.NoSpool none -> {
                // The next command need not find that out, and is looked after by the agent alone.
                guest.findOutAgain();
                yield new Ending.NotRun(Reason.SPOOL_UNAVAILABLE);
            }
            case SupervisorReply.Taken taken -> fromSpool();
            case SupervisorReply.Foreign foreign -> fromSpool();
            case SupervisorReply.Silent killed -> fromSpool();
        };
    }

    /** The spool knows more than the agent. */
    private @Nullable Ending fromSpool() {
        agentKnows = false;
        return null;
    }

    /** What the agent says of the process, and what it has written since. */
    @SuppressWarnings("ArrayRecordComponent")
    private record Seen(@Nullable ExecStatus status, byte[] out, byte[] err) {}

    /**
     * Looks while nobody else here opens a file in the guest: an agent that knows the pid gave the handles, and one that has
     * come in its place since has given none to anybody.
     */
    private Seen seeApart(GuestAgent agent, Deadline deadline) throws AgentException {
        ExecStatus status = status(agent, deadline);
        if (status != null && status.exited()) {
            // Nothing shows any more whose the handles are.
            closeFiles(agent);
        }
        if (status == null || status.exited() || pace.isYoung(nanoTime.getAsLong())) {
            return new Seen(status, NOTHING, NOTHING);
        }
        stderrFirst = !stderrFirst;
        OutputTail first = stderrFirst ? stderr : stdout;
        OutputTail second = stderrFirst ? stdout : stderr;
        byte[] one = first.peek(agent, room(), deadline);
        // Whoever waits waits for one chunk, of both together.
        int most = guest.processes().isWaitedFor() ? Math.min(room(), OutputTail.CHUNK) : room();
        byte[] two = second.peek(agent, most - one.length, deadline);
        return stderrFirst ? new Seen(status, two, one) : new Seen(status, one, two);
    }

    /** Absent where the agent does not know the process any more, or knows another one by its pid. */
    private @Nullable ExecStatus status(GuestAgent agent, Deadline deadline) throws AgentException {
        try {
            return guest.processes().poll(id, pid, agent, share, deadline);
        } catch (AgentErrorException e) {
            if (e.isUnknownPid()) {
                return null;
            }
            throw e;
        }
    }

    private void keep(byte[] out, byte[] err, Sink sink) throws InterruptedException {
        List<OutputChunk> chunks = new ArrayList<>();
        add(stdout, out, chunks);
        add(stderr, err, chunks);
        keep(chunks, sink);
    }

    private void keep(List<OutputChunk> chunks, Sink sink) throws InterruptedException {
        if (!chunks.isEmpty()) {
            boolean thereIsMore = chunks.stream().anyMatch(chunk -> chunk.bytes().length == OutputTail.CHUNK);
            pace.wrote(nanoTime.getAsLong(), thereIsMore);
            sink.append(chunks, size());
        }
    }

    private static void add(OutputTail tail, byte[] bytes, List<OutputChunk> chunks) {
        if (bytes.length > 0) {
            chunks.add(new OutputChunk(tail.stream(), tail.offset() - bytes.length, bytes));
        }
    }

    /** What comes back with the end is the head of each stream; the rest of a longer one is in the spool. */
    private @Nullable Ending ended(SupervisorReply.Ended ended, Sink sink) throws InterruptedException {
        boolean whole = ended.stdout().whole()
                && ended.stderr().whole()
                && bytes(ended.stdout()).length + bytes(ended.stderr()).length <= maxOutputBytes;
        if (!whole) {
            told = ended.end();
            agentKnows = false;
            List<OutputChunk> heads = new ArrayList<>();
            add(stdout, stdout.next(bytes(ended.stdout()), room()), heads);
            add(stderr, stderr.next(bytes(ended.stderr()), room()), heads);
            keep(heads, sink);
            return null;
        }
        List<OutputChunk> last = new ArrayList<>();
        addRest(stdout, bytes(ended.stdout()), last);
        addRest(stderr, bytes(ended.stderr()), last);
        return new Ending.Ended(state(ended.end()), ended.end().status(), size(), last);
    }

    private static byte[] bytes(SupervisorReply.Head head) {
        byte[] bytes = head.bytes();
        return bytes == null ? NOTHING : bytes;
    }

    private static void addRest(OutputTail tail, byte[] head, List<OutputChunk> last) {
        byte[] rest = tail.rest(head);
        add(tail, rest, last);
    }

    private @Nullable Ending askSpool(GuestAgent agent, Sink sink) throws AgentException, InterruptedException {
        Duration ago = Duration.between(started, clock.instant());
        Optional<Inspection> found = guest.inspect(agent, id, false, ago, Deadline.after(CALL_TIMEOUT));
        if (found.isEmpty()) {
            return unreadable();
        }
        unreadable = 0;
        refused.ends();
        Inspection inspection = found.get();
        CommandEnd end = inspection.end() == null ? told : inspection.end();
        if (end != null) {
            return endedInSpool(end, inspection, agent, sink);
        }
        if (inspection.living() == Inspection.Living.LEADER) {
            follow(stdout, agent, sink);
            follow(stderr, agent, sink);
            return null;
        }
        if (isBeingEnded(inspection)) {
            return null;
        }
        CommandEnd.Cause why = inspection.why();
        if (why != null) {
            return endedInSpool(new CommandEnd(why, new ExitStatus(null, null)), inspection, agent, sink);
        }
        readToEnd(inspection, agent, sink);
        return new Ending.Lost(
                switch (inspection.claim()) {
                    case Inspection.Claim.Run run ->
                        run.boot().equals(inspection.boot()) ? Reason.SUPERVISOR_KILLED : Reason.GUEST_RESTARTED;
                    case Inspection.Claim.Unfinished unfinished -> Reason.GUEST_RESTARTED;
                    case Inspection.Claim.Earlier earlier -> Reason.GUEST_RESTARTED;
                    case Inspection.Claim.Nobody nobody -> Reason.GUEST_FORGOT;
                    case Inspection.Claim.Voided voided -> Reason.GUEST_FORGOT;
                });
    }

    /** Whether somebody in the guest, who kills it or has killed it, may be about to write down its end. */
    private boolean isBeingEnded(Inspection inspection) {
        if (!(inspection.claim() instanceof Inspection.Claim.Run(long leader, UUID boot))
                || !boot.equals(inspection.boot())) {
            return false;
        }
        return !gone.exceeds(inspection.why() == null ? TIME_TO_WRITE : TIME_TO_END);
    }

    private Ending endedInSpool(CommandEnd end, Inspection inspection, GuestAgent agent, Sink sink)
            throws AgentException, InterruptedException {
        boolean whole = readToEnd(inspection, agent, sink);
        return new Ending.Ended(state(end), end.status(), finalSize(inspection, whole), List.of());
    }

    /** False where some of it cannot be read. */
    private boolean readToEnd(Inspection inspection, GuestAgent agent, Sink sink)
            throws AgentException, InterruptedException {
        boolean out = readTo(inspection.stdoutBytes(), stdout, agent, sink);
        boolean err = readTo(inspection.stderrBytes(), stderr, agent, sink);
        return out && err;
    }

    /**
     * Reads a file as far as it went when the command had ended: what it left behind may write on for ever. An agent that
     * does not let it be read now is asked again later, for a while. False where there is no such file, or it has never let
     * it be read.
     */
    private boolean readTo(@Nullable Long length, OutputTail tail, GuestAgent agent, Sink sink)
            throws AgentException, InterruptedException {
        if (length == null) {
            return false;
        }
        tail.noteLength(length);
        try {
            while (tail.place() < length && keepNext(tail, agent, sink)) {
                // There may be more.
                filesRefused.ends();
            }
            return true;
        } catch (AgentErrorException | RpcDisabledException | RpcMissingException e) {
            if (filesRefused.exceeds(FILES_REFUSED_FOR_GOOD)) {
                leftInSpool = true;
                return false;
            }
            throw e;
        }
    }

    /** Reads a stream on where the agent lets it be read now. */
    private void follow(OutputTail tail, GuestAgent agent, Sink sink) throws AgentException, InterruptedException {
        try {
            keepNext(tail, agent, sink);
        } catch (AgentErrorException | RpcDisabledException | RpcMissingException e) {
            // It is looked at again.
        }
    }

    /** Reads a stream on, and keeps that before anything else can fail. False where there is no more now. */
    private boolean keepNext(OutputTail tail, GuestAgent agent, Sink sink) throws AgentException, InterruptedException {
        int room = room();
        if (room == 0) {
            return false;
        }
        Deadline deadline = Deadline.after(CALL_TIMEOUT);
        GuestProcesses processes = guest.processes();
        List<OutputChunk> chunks =
                processes.apart(agent, deadline, () -> tail.readApart(agent, room, processes::isWaitedFor, deadline));
        keep(chunks, sink);
        return !chunks.isEmpty();
    }

    private void release(GuestAgent agent) throws AgentException {
        if (room() > 0) {
            release.upTo(stdout.place(), stderr.place(), agent);
            return;
        }
        // Nothing more is kept. How long the files are tells in the end how much there was.
        long now = nanoTime.getAsLong();
        if (now - lastDropped > BETWEEN_DROPS.toNanos()) {
            lastDropped = now;
            release.upTo(orNone(length(stdout, agent)), orNone(length(stderr, agent)), agent);
        }
    }

    private static long orNone(@Nullable Long length) {
        return length == null ? 0 : length;
    }

    private int room() {
        return Math.clamp(maxOutputBytes - stdout.offset() - stderr.offset(), 0, Integer.MAX_VALUE);
    }

    private OutputSize size() {
        return new OutputSize(stdout.offset(), stderr.offset(), false);
    }

    private OutputSize finalSize(Inspection inspection, boolean whole) {
        if (whole && room() > 0) {
            return size();
        }
        Long out = beyond(stdout, inspection.stdoutBytes());
        Long err = beyond(stderr, inspection.stderrBytes());
        return new OutputSize(stdout.offset(), stderr.offset(), !whole || out != null || err != null, out, err);
    }

    /** How much was written to a stream; absent where all of that is kept. */
    private static @Nullable Long beyond(OutputTail tail, @Nullable Long fileLength) {
        if (fileLength == null) {
            return null;
        }
        long written = tail.written(fileLength);
        return written > tail.offset() ? written : null;
    }

    private @Nullable Long length(OutputTail tail, GuestAgent agent) throws AgentException {
        Deadline deadline = Deadline.after(CALL_TIMEOUT);
        return guest.processes()
                .apart(agent, deadline, () -> Optional.ofNullable(tail.lengthApart(agent, deadline)))
                .orElse(null);
    }

    private static ExecutionState state(CommandEnd end) {
        return switch (end.cause()) {
            case EXITED -> ExecutionState.EXITED;
            case TIMED_OUT -> ExecutionState.TIMED_OUT;
            case CANCELLED -> ExecutionState.CANCELLED;
        };
    }

    @Override
    public Duration pause() {
        return stopped.pause(pace.pause(nanoTime.getAsLong()));
    }

    /** What stands in the spool is removed once it is stored here, and else left to who looks after the guest. */
    @Override
    public void close(boolean ended) {
        directory.find(execution.vm()).ifPresent(vm -> closeFilesApart(vm.agent()));
        if (ended) {
            guest.processes().release(id, pid);
            if (!leftInSpool) {
                guest.removeLater(id);
            }
        }
    }

    /** Not while somebody else uses a file, which might be the one that such a number stands for by now. */
    private void closeFilesApart(GuestAgent agent) {
        if (!stdout.isOpen() && !stderr.isOpen()) {
            return;
        }
        try {
            guest.processes().apart(agent, Deadline.after(CLOSE_TIMEOUT), () -> {
                closeFiles(agent);
                return true;
            });
        } catch (AgentException e) {
            log.debug("Cannot close the output files of execution {}", id, e);
        }
    }

    private void closeFiles(GuestAgent agent) {
        try {
            Deadline deadline = Deadline.after(CLOSE_TIMEOUT);
            stdout.close(agent, deadline);
            stderr.close(agent, deadline);
        } catch (AgentException e) {
            log.debug("Cannot close the output files of execution {}", id, e);
            stdout.forget();
            stderr.forget();
        }
    }
}
