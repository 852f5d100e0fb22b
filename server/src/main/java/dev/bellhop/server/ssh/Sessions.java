// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import dev.bellhop.server.access.AddressBlock;
import dev.bellhop.server.access.Gatekeeper;
import dev.bellhop.server.audit.AuditTrail;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.ssh.login.SshLogin;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.channel.Channel;
import org.apache.sshd.common.channel.ChannelListener;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.common.session.SessionListener;
import org.apache.sshd.common.util.buffer.Buffer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The open connections. Limits their number, counts failed logins, and ends connections if the key has ended, the
 * client has gone, or nothing is open. Thread safe.
 */
final class Sessions implements SessionListener, ChannelListener, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Sessions.class);
    private static final long SWEEP_MILLIS = 500;
    private static final long KEEPALIVE_NANOS = Duration.ofSeconds(30).toNanos();

    /** Long enough for a client that is suspended for a moment. */
    private static final long GONE_NANOS = Duration.ofMinutes(5).toNanos();

    private static final String NEWER_ONES =
            "Cannot wait longer for this login because too many other connections wait for theirs; try again";
    private static final String TOO_MANY_FAILURES =
            "Too many logins from this address have failed; try again in a minute";
    private static final String TOO_MANY_EXCHANGES =
            "Too many connections from this address end without a login; try again in a moment";

    private static final String KEEPALIVE = "keepalive@openssh.com";

    private final SshSettings.Limits limits;
    private final Gatekeeper gatekeeper;
    private final AuditTrail audit;
    private final Map<Session, State> open = new ConcurrentHashMap<>();
    private final Newcomers<Session> newcomers = new Newcomers<>();
    private final RefusedSessions<Session> refused = new RefusedSessions<>(System::nanoTime);
    private final KeyExchangeLimit exchanges = new KeyExchangeLimit(System::nanoTime);
    private final ScheduledExecutorService sweeper = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("ssh-sessions").factory());

    Sessions(SshSettings.Limits limits, Gatekeeper gatekeeper, AuditTrail audit) {
        this.limits = limits;
        this.gatekeeper = gatekeeper;
        this.audit = audit;
    }

    /** The state of a connection; times are in nanoseconds of {@link System#nanoTime}. */
    private static final class State {
        private final @Nullable InetAddress from;
        private final long since = System.nanoTime();
        private final AtomicBoolean closedForAnother = new AtomicBoolean();
        private final AtomicBoolean tried = new AtomicBoolean();
        private final Set<Channel> channels = ConcurrentHashMap.newKeySet();
        private final AtomicLong idleSince = new AtomicLong(System.nanoTime());
        private final AtomicLong asked = new AtomicLong(System.nanoTime());
        private final AtomicLong heard = new AtomicLong(System.nanoTime());
        /** Whether it had room when it logged in. */
        private volatile boolean admitted;
        /** Why it cannot stay after its login; empty if it can. */
        private volatile Optional<String> refusal = Optional.empty();

        State(@Nullable InetAddress from) {
            this.from = from;
        }

        void gone(Channel channel) {
            idleSince.set(System.nanoTime());
            channels.remove(channel);
        }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // Runs until the sweeper is shut down.
    void start() {
        sweeper.scheduleWithFixedDelay(this::sweep, SWEEP_MILLIS, SWEEP_MILLIS, TimeUnit.MILLISECONDS);
    }

    /**
     * Refuses a connection before it costs a key exchange. A refusal when the connection is accepted would be too
     * early: the library would leave the socket open. {@link #refusal} passes the reason to the client.
     */
    @Override
    public void sessionCreated(Session session) {
        InetAddress from = SshLogin.address(session);
        AddressBlock block = AddressBlock.of(from);
        Optional<String> refusal = oneTooMany(block);
        // Added before it can be closed for another connection: the close removes it again.
        open.put(session, new State(from));
        if (refusal.isEmpty()) {
            Newcomers.Decision<Session> decision = newcomers.enter(session, block, isSuspect(block));
            decision.closed().ifPresent(this::closeForAnother);
            refusal = decision.admitted() ? Optional.empty() : Optional.of(TOO_MANY_FAILURES);
        }
        refusal.ifPresent(reason -> {
            open.remove(session);
            audit.countRefusal(text(from), ErrorCode.TOO_MANY_REQUESTS.wireName());
            if (!refused.add(session, reason)) {
                session.close(true);
            }
        });
    }

    /** Ends a connection to make room, unless it has just logged in. This does not count as a failed login. */
    private void closeForAnother(Session session) {
        if (!session.isAuthenticated()) {
            State state = open.get(session);
            if (state != null) {
                state.closedForAnother.set(true);
            }
            end(session, NEWER_ONES);
        }
    }

    /**
     * Returns why there is no room for one more logged-in connection; empty if there is. Connections without a login do
     * not count: otherwise, strangers behind the same NAT could use up the places of users who can log in.
     */
    private Optional<String> oneTooMany(AddressBlock from) {
        int admitted = 0;
        int same = 0;
        for (State each : open.values()) {
            if (each.admitted) {
                admitted++;
                same += AddressBlock.of(each.from).equals(from) ? 1 : 0;
            }
        }
        if (same >= limits.sessionsPerAddress()) {
            return Optional.of("Cannot open one more connection because as many are open from this address as may be"
                    + " (ssh.sessionsPerAddress); close some, or use one for several commands");
        }
        return admitted >= limits.sessions()
                ? Optional.of("Cannot open one more connection because as many are open at this server as may be"
                        + " (ssh.sessions); close some, or try again later")
                : Optional.empty();
    }

    /**
     * Checks again if there is room, because many connections may have begun to log in while there was some. The
     * library has not sent the login's success yet, so nothing can be sent here.
     */
    @Override
    public void sessionEvent(Session session, Event event) {
        State state = event == Event.Authenticated ? open.get(session) : null;
        if (state != null) {
            state.idleSince.set(System.nanoTime());
            AddressBlock from = AddressBlock.of(state.from);
            newcomers.loggedIn(session, from);
            exchanges.loggedIn(from);
            admit(state, from);
        }
    }

    /** Synchronized: of simultaneous logins, the first ones get the remaining room. */
    private synchronized void admit(State state, AddressBlock from) {
        state.refusal = oneTooMany(from);
        state.admitted = state.refusal.isEmpty();
    }

    /** Ends a connection without room, with the reason, now that its client knows that it is logged in. */
    void loggedIn(Session session) {
        State state = open.get(session);
        if (state != null) {
            state.refusal.ifPresent(reason -> {
                audit.countRefusal(text(state.from), ErrorCode.TOO_MANY_REQUESTS.wireName());
                end(session, reason);
            });
        }
    }

    /** Checks if too many logins from there have failed. */
    private boolean isSuspect(AddressBlock from) {
        try {
            return gatekeeper.tried(from, () -> false);
        } catch (BellhopException e) {
            return true;
        }
    }

    private static @Nullable String text(@Nullable InetAddress from) {
        return from == null ? null : from.getHostAddress();
    }

    /** Returns why a connection cannot exchange keys before it has logged in; empty if it can. */
    Optional<String> refusal(Session session) {
        Optional<String> reason = refused.reason(session);
        return reason.isPresent() || mayExchange(session) ? reason : Optional.of(TOO_MANY_EXCHANGES);
    }

    private boolean mayExchange(Session session) {
        InetAddress from = SshLogin.address(session);
        AddressBlock block = AddressBlock.of(from);
        boolean may = exchanges.take(block, newcomers.isKnown(block));
        if (!may) {
            audit.countRefusal(text(from), ErrorCode.TOO_MANY_REQUESTS.wireName());
        }
        return may;
    }

    /** Notes that the client tries to log in. */
    void tried(Session session) {
        State state = open.get(session);
        if (state != null) {
            state.tried.set(true);
        }
    }

    /**
     * Counts at most one failure per connection: a client offers all its keys, and most are meant for other servers.
     */
    @Override
    public void sessionClosed(Session session) {
        newcomers.gone(session);
        refused.remove(session);
        State state = open.remove(session);
        if (state != null) {
            state.channels.forEach(channel -> ((LastingChannel) channel).connectionEnds());
        }
        if (state == null || session.isAuthenticated() || state.closedForAnother.get() || !state.tried.get()) {
            return;
        }
        audit.countRefusal(text(state.from), ErrorCode.UNAUTHORIZED.wireName());
        try {
            gatekeeper.failed(AddressBlock.of(state.from));
        } catch (BellhopException e) {
            log.debug("Too many logins fail from one address");
        }
    }

    /** Checks if the connection can have one more channel. */
    boolean hasRoom(Session session) {
        State state = open.get(session);
        return state != null && state.admitted && state.channels.size() < limits.channelsPerSession();
    }

    /**
     * Counts the channel from its beginning, because a guest may need time to connect, to its end in the guest and in
     * this server: otherwise, threads would pile up here for a guest that does not answer.
     */
    @Override
    public void channelInitialized(Channel channel) {
        State state = open.get(channel.getSession());
        if (state == null) {
            return;
        }
        state.channels.add(channel);
        ((LastingChannel) channel).whenGone(() -> state.gone(channel));
    }

    @Override
    public void channelOpenFailure(Channel channel, Throwable reason) {
        State state = open.get(channel.getSession());
        if (state != null && channel instanceof GuestChannel) {
            state.gone(channel);
        }
    }

    private void sweep() {
        try {
            refused.overdue().forEach(session -> session.close(true));
            open.forEach(this::sweepOrLog);
        } catch (RuntimeException e) {
            // An exception would cancel all further sweeps.
            log.error("Cannot look after the SSH sessions", e);
        }
    }

    private void sweepOrLog(Session session, State state) {
        try {
            sweep(session, state);
        } catch (IOException e) {
            session.close(true);
        } catch (RuntimeException e) {
            log.error("Cannot look after an SSH session", e);
        }
    }

    private void sweep(Session session, State state) throws IOException {
        long now = System.nanoTime();
        SshLogin login = SshLogin.find(session);
        if (session.isClosing()) {
            return;
        }
        if (login == null) {
            if (now - state.since > limits.loginTimeout().toNanos()) {
                end(
                        session,
                        "Cannot wait longer for a login than "
                                + limits.loginTimeout().toSeconds() + " seconds");
            }
            return;
        }
        if (!login.isStillGood()) {
            end(session, "Cannot go on because the key of this session has ended, or sees the VM no more");
        } else if (now - state.heard.get() > GONE_NANOS && state.asked.get() > state.heard.get()) {
            session.close(true);
        } else if (state.channels.isEmpty()
                && now - state.idleSince.get() > limits.idle().toNanos()) {
            end(session, "Nothing has been open in this session for long");
        } else if (now - state.asked.get() > KEEPALIVE_NANOS) {
            state.asked.set(now);
            keepAlive(session, state);
        }
    }

    /** Sends the client the reason and ends the session, without waiting for data that the client still sends. */
    private static void end(Session session, String why) {
        try {
            session.disconnect(SshConstants.SSH2_DISCONNECT_BY_APPLICATION, why);
        } catch (IOException e) {
            session.close(true);
        }
    }

    private static void keepAlive(Session session, State state) throws IOException {
        Buffer buffer = session.createBuffer(SshConstants.SSH_MSG_GLOBAL_REQUEST, KEEPALIVE.length() + Long.SIZE);
        buffer.putString(KEEPALIVE);
        buffer.putBoolean(true);
        // Clients refuse it, and a refusal is also an answer.
        session.request(buffer, KEEPALIVE, (answer, content) -> state.heard.set(System.nanoTime()));
    }

    @Override
    public void close() {
        sweeper.shutdownNow();
    }
}
