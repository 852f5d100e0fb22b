// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga.client;

import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.AgentProtocolException;
import dev.bellhop.qga.AgentTimeoutException;
import dev.bellhop.qga.AgentTimeoutException.Stage;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.GuestAgentOptions;
import dev.bellhop.qga.NotConnectedException;
import dev.bellhop.qga.NotConnectedException.Reason;
import dev.bellhop.qga.ReplyBudget;
import dev.bellhop.qga.client.BoundedInput.BudgetException;
import dev.bellhop.qga.client.Reply.Misfit;
import dev.bellhop.qga.client.Reply.Refusal;
import dev.bellhop.qga.client.Reply.Result;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.SocketChannel;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One connection to an agent: greets it, then does one call at a time. Whoever makes calls sees to it that there is one at
 * a time; {@link #close} alone may come from anywhere.
 *
 * <p>How a reply is told from one that is late, or that nobody asked for:
 *
 * <ul>
 *   <li>A connection begins with byte 0xFF, which makes the agent forget half a message of an earlier client, and
 *       guest-sync-delimited with a random number. All input before that number's reply is thrown away: it answers
 *       earlier clients.
 *   <li>Each request has a random id of its own, which agents since QEMU 3.0 put into the reply; a reply with another id,
 *       or none, is thrown away.
 *   <li>Older agents either leave the id out of the reply or refuse a request with one. A second request in the greeting
 *       finds that out. With such an agent each request goes out behind a guest-sync-delimited with a random number, in
 *       one write, and the line after that number's reply is the one.
 *   <li>A connection that was late, or on which anything came that is no reply, is closed and never used again.
 * </ul>
 *
 * <p>How a reply that will never come is told from one that is slow: an agent that is restarted takes a request with it, and
 * in a virtual machine the channel stays open. An agent answers one request after the other, in order; so behind a request
 * that is not answered for seconds goes a ping, and where that is answered first, the request is lost. Agents that do not
 * put ids into replies are not asked.
 */
final class Connection {

    /** Where ids come from; they need only differ from those of other clients of the same agent. */
    private static final SecureRandom SEEDS = new SecureRandom();

    /** A greeting asks the guest for nothing, so an agent that does not answer it is silent, however long the call may take. */
    private static final Duration GREETING_TIMEOUT = Duration.ofSeconds(5);

    private static final int SENTINEL = 0xFF;
    private static final String SYNC = "guest-sync-delimited";

    /** For larger writes the JDK would keep a large buffer outside the heap for each thread. */
    private static final int MAX_WRITE = 64 * 1024;

    private final SocketChannel channel;
    private final BooleanSupplier canAnswer;
    private final Consumer<String> whenSent;
    private final Consumer<Connection> whenClosed;
    private final ChannelTimer watch;
    private final BoundedInput intake;
    private final LineReader inbox;
    private final RequestBuffer requests = new RequestBuffer();
    private final SplittableRandom random = new SplittableRandom(SEEDS.nextLong());
    private volatile boolean closedByOwner;

    private volatile boolean greeted;
    private boolean echoesIds;

    /** Held while something is sent: another thread sends the ping behind a slow request. */
    private final ReentrantLock sending = new ReentrantLock();

    /** What the present call waits for. */
    private Stage stage = Stage.GREETING;
    /** Changed under the lock: the request that waits for its reply and nothing else, or {@link Reply#NO_ID}. */
    private long awaited = Reply.NO_ID;
    /** Changed under the lock: which call it is, where it may be given up as nothing was sent that the guest would do. */
    private volatile @Nullable Object givesUp;
    /** Whether it was. */
    private volatile boolean givenUp;
    /** Whether the agent may have the whole request of the present call. */
    private boolean delivered;

    /**
     * Takes over a channel that is connected. The first call greets the agent.
     *
     * @param canAnswer asked when the agent keeps a call waiting: false where its guest cannot answer now
     * @param whenClosed told when the connection has closed itself: late, idle, or after a failure
     */
    Connection(
            SocketChannel channel,
            GuestAgentOptions options,
            ReplyParser parser,
            BooleanSupplier canAnswer,
            Consumer<Connection> whenClosed) {
        this.channel = channel;
        this.canAnswer = canAnswer;
        this.whenSent = options.whenSent();
        this.whenClosed = whenClosed;
        this.watch = new ChannelTimer(
                channel,
                Deadline.nanos(options.idleTimeout()),
                this::whenDoubted,
                this::whenSlow,
                () -> whenClosed.accept(this));
        this.intake = new BoundedInput(options.limits(), options.budget());
        this.inbox = new LineReader(channel, parser, intake);
    }

    /** Whether the agent has answered on it. */
    boolean isGreeted() {
        return greeted;
    }

    /** Ends the connection, and the call on it. */
    void close() {
        closedByOwner = true;
        watch.close();
    }

    /**
     * Sends a request and waits for its reply, which counts in the caller's share where there is one. After an exception other than the agent's saying no, the connection is
     * closed.
     */
    <T> T call(Rpc<T> rpc, Deadline deadline, ReplyBudget.@Nullable Share share) throws AgentException {
        stage = Stage.GREETING;
        delivered = false;
        boolean mayGiveUp = !greeted || rpc.isHarmless();
        if (mayGiveUp) {
            mayBeGivenUp(new Object());
        }
        if (!watch.begin(greeted || rpc.continuesWork() ? deadline : greetBy(deadline), mayGiveUp)) {
            throw dropped(rpc, null);
        }
        if (share == null) {
            intake.begin(deadline);
        } else {
            intake.begin(deadline, share, watch::begin);
        }
        inbox.begin();
        Reply<T> reply = null;
        try {
            if (!greeted) {
                greet();
                greeted = true;
                if (!watch.begin(deadline, mayGiveUp)) {
                    throw dropped(rpc, null);
                }
            } else if (inbox.hasLeftovers()) {
                throw dropped(rpc, null);
            }
            reply = exchange(rpc);
        } catch (MalformedReplyException e) {
            throw new AgentProtocolException(
                    "Cannot complete " + rpc.name() + " because of what the agent sent: " + e.what(), delivered, null);
        } catch (BudgetException e) {
            throw e.interrupted ? interrupted(rpc, e) : late(rpc, Stage.MEMORY, e);
        } catch (ClosedByInterruptException e) {
            throw interrupted(rpc, e);
        } catch (IOException e) {
            throw givenUp ? notRunning(rpc) : watch.isLate() ? late(rpc, stage, e) : dropped(rpc, e);
        } finally {
            if (reply == null) {
                // First of all: it ends whatever else waits for the channel.
                watch.close();
                whenClosed.accept(this);
            }
            awaitNothing();
            intake.end(reply != null);
            if (reply != null) {
                watch.end();
            }
        }
        return switch (reply.outcome()) {
            case Result<T>(T value) -> value;
            case Refusal<T>(String errorClass, String description) -> throw rpc.refused(errorClass, description);
            case Misfit<T> misfit -> throw new AssertionError(misfit.what());
        };
    }

    private static Deadline greetBy(Deadline deadline) {
        return deadline.remaining().compareTo(GREETING_TIMEOUT) > 0 ? Deadline.after(GREETING_TIMEOUT) : deadline;
    }

    /** Makes sure that the agent answers us and nobody else, and finds out whether it puts ids into replies. */
    private void greet() throws IOException, MalformedReplyException {
        long sync = newId();
        long probe = newId();
        long probeId = newId();
        requests.clear();
        requests.write(SENTINEL);
        requests.add(SYNC, json -> json.writeNumberProperty("id", sync), Reply.NO_ID);
        requests.add("guest-sync", json -> json.writeNumberProperty("id", probe), probeId);
        whenSent.accept(SYNC);
        send(requests.content());
        inbox.skipToSync(sync);
        for (; ; ) {
            Reply<Long> reply = inbox.next(ResultReaders::number);
            if (reply.id() == probeId) {
                echoesIds = true;
                return;
            }
            boolean answersProbe = reply.outcome() instanceof Result<Long>(Long value) && value == probe;
            if (!reply.hasId() && (answersProbe || reply.outcome() instanceof Refusal)) {
                echoesIds = false;
                return;
            }
            inbox.discardLast();
        }
    }

    private <T> Reply<T> exchange(Rpc<T> rpc) throws IOException, MalformedReplyException, NotConnectedException {
        long id = newId();
        requests.clear();
        if (echoesIds) {
            requests.add(rpc.name(), rpc.arguments(), id);
        } else {
            requests.add(SYNC, json -> json.writeNumberProperty("id", id), Reply.NO_ID);
            requests.add(rpc.name(), rpc.arguments(), Reply.NO_ID);
        }
        stage = Stage.SENDING;
        if (!rpc.isHarmless()) {
            commit();
        }
        whenSent.accept(rpc.name());
        sendRequest(id);
        stage = Stage.REPLY;
        if (!echoesIds) {
            inbox.skipToSync(id);
        }
        for (; ; ) {
            Reply<T> reply = inbox.next(rpc.result());
            if (echoesIds ? reply.id() == id : !reply.hasId()) {
                if (reply.outcome() instanceof Misfit<T>(String what)) {
                    throw new MalformedReplyException(what);
                }
                return reply;
            }
            if (reply.id() == pingId(id)) {
                throw lost(rpc);
            }
            inbox.discardLast();
        }
    }

    private void sendRequest(long id) throws IOException {
        ByteBuffer content = requests.content();
        sending.lock();
        try {
            send(content);
            awaited = id;
        } finally {
            sending.unlock();
            // The agent acts at the closing brace, before the line feed has come.
            delivered = content.remaining() <= 1;
            requests.clear();
        }
    }

    private void mayBeGivenUp(@Nullable Object call) {
        sending.lock();
        try {
            givesUp = call;
        } finally {
            sending.unlock();
        }
    }

    /** From here on the guest may act on what it is sent. */
    private void commit() {
        if (givesUp != null) {
            mayBeGivenUp(null);
            watch.commit();
        }
    }

    /** On a thread of its own, since the hypervisor may not answer at once. */
    private void whenDoubted() {
        Object call = givesUp;
        if (call != null) {
            Thread.startVirtualThread(() -> {
                if (!canAnswer.getAsBoolean()) {
                    giveUp(call);
                }
            });
        }
    }

    private void giveUp(Object call) {
        sending.lock();
        try {
            if (call.equals(givesUp)) {
                givenUp = true;
                watch.close();
            }
        } finally {
            sending.unlock();
        }
    }

    /** On a thread of its own, since a slow agent may not read this either. */
    private void whenSlow() {
        Thread.startVirtualThread(this::sendPing);
    }

    private void sendPing() {
        sending.lock();
        try {
            if (echoesIds && awaited != Reply.NO_ID) {
                RequestBuffer ping = new RequestBuffer();
                ping.add(Rpcs.PING.name(), Rpcs.PING.arguments(), pingId(awaited));
                send(ping.content());
            }
        } catch (IOException e) {
            // The call finds that out for itself.
        } finally {
            sending.unlock();
        }
    }

    private void awaitNothing() {
        sending.lock();
        try {
            awaited = Reply.NO_ID;
            givesUp = null;
        } finally {
            sending.unlock();
        }
    }

    /** Even, because the ping behind a request has the next number. */
    private long newId() {
        return random.nextLong(Long.MAX_VALUE) & ~1L;
    }

    private static long pingId(long id) {
        return id + 1;
    }

    /** Sends bytes. The buffer's position tells how many were sent, also after an exception. */
    private void send(ByteBuffer content) throws IOException {
        int end = content.limit();
        while (content.position() < end) {
            content.limit(Math.min(end, content.position() + MAX_WRITE));
            try {
                channel.write(content);
            } finally {
                content.limit(end);
            }
        }
    }

    static NotConnectedException notRunning(Rpc<?> rpc) {
        return new NotConnectedException(
                Reason.NOT_RUNNING,
                "Cannot complete " + rpc.name() + " because the guest is off or paused",
                false,
                null);
    }

    private NotConnectedException dropped(Rpc<?> rpc, @Nullable IOException cause) {
        return closedByOwner
                ? new NotConnectedException(
                        Reason.CLOSED,
                        "Cannot complete " + rpc.name() + " because this client was closed",
                        delivered,
                        cause)
                : new NotConnectedException(
                        Reason.DROPPED,
                        "Cannot complete " + rpc.name() + " because the agent's side ended the connection",
                        delivered,
                        cause);
    }

    private NotConnectedException lost(Rpc<?> rpc) {
        return new NotConnectedException(
                Reason.DROPPED,
                "Cannot complete " + rpc.name() + " because the agent has lost the request; it was restarted meanwhile",
                delivered,
                null);
    }

    private NotConnectedException interrupted(Rpc<?> rpc, IOException cause) {
        return new NotConnectedException(
                Reason.INTERRUPTED,
                "Cannot complete " + rpc.name() + " because the thread was interrupted",
                delivered,
                cause);
    }

    private AgentTimeoutException late(Rpc<?> rpc, Stage waitedFor, IOException cause) {
        return new AgentTimeoutException(waitedFor, rpc.name(), delivered, cause);
    }
}
