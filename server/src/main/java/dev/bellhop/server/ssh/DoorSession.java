// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.io.IoSession;
import org.apache.sshd.common.io.IoWriteFuture;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.server.ServerFactoryManager;
import org.apache.sshd.server.session.ServerSessionImpl;
import org.apache.sshd.server.session.SessionFactory;
import org.jspecify.annotations.Nullable;

/**
 * A connection with a limit for unsent answers. It ends if its client keeps sending requests and does not read the
 * answers: the library would keep all of them in memory. {@link HeldBackWriter} holds back the output of commands
 * before it reaches the limit.
 */
final class DoorSession extends ServerSessionImpl {
    /** Four times the most packets that a channel's streams hold. */
    private static final int UNSENT_PER_CHANNEL = 64;

    /** Leaves room for answers if few channels are allowed. */
    private static final int MIN_CHANNELS = 64;

    /** Parsing a longer message costs up to 100 ms. OpenSSH's message has 1,500 bytes. */
    private static final int MAX_KEXINIT = 8 * 1024;

    private final AtomicInteger unsent = new AtomicInteger();
    private final int mostUnsent;
    private boolean hasExchanged;

    private final Function<Session, Optional<String>> refusal;
    private final Consumer<Session> loggedIn;

    private DoorSession(
            ServerFactoryManager server,
            IoSession connection,
            int channels,
            Function<Session, Optional<String>> refusal,
            Consumer<Session> loggedIn)
            throws Exception {
        super(server, connection);
        this.refusal = refusal;
        this.loggedIn = loggedIn;
        this.mostUnsent = Math.max(channels, MIN_CHANNELS) * UNSENT_PER_CHANNEL;
    }

    /**
     * Makes the sessions.
     *
     * @param channels the channels that a connection may have at once
     * @param refusal returns why a connection cannot exchange keys before it has logged in; empty if it can
     * @param loggedIn called with each session whose client knows that it is logged in
     */
    static SessionFactory factory(
            ServerFactoryManager server,
            int channels,
            Function<Session, Optional<String>> refusal,
            Consumer<Session> loggedIn) {
        return new SessionFactory(server) {
            @Override
            protected ServerSessionImpl doCreateSession(IoSession connection) throws Exception {
                return new DoorSession(getServer(), connection, channels, refusal, loggedIn);
            }
        };
    }

    /** Allows one key exchange before login, with few algorithms to choose from. */
    @Override
    protected void handleKexInit(Buffer buffer) throws Exception {
        if (isAuthenticated()) {
            super.handleKexInit(buffer);
            return;
        }
        String fault = fault(buffer);
        hasExchanged = true;
        if (fault != null) {
            disconnect(SshConstants.SSH2_DISCONNECT_KEY_EXCHANGE_FAILED, fault);
            return;
        }
        Optional<String> refused = refusal.apply(this);
        if (refused.isPresent()) {
            disconnect(SshConstants.SSH2_DISCONNECT_TOO_MANY_CONNECTIONS, refused.get());
        } else {
            super.handleKexInit(buffer);
        }
    }

    private @Nullable String fault(Buffer kexInit) {
        if (hasExchanged) {
            return "Cannot exchange keys again before the login";
        }
        if (kexInit.available() > MAX_KEXINIT) {
            return "Cannot read a KEXINIT of more than " + MAX_KEXINIT + " bytes";
        }
        return null;
    }

    /**
     * Calls the listener after this packet is sent. The library's own listeners are called between the encryption and
     * the sending of this packet: a packet from a listener would arrive before this one, and the client could not
     * decrypt it.
     */
    @Override
    public IoWriteFuture signalAuthenticationSuccess(String username, String service, Buffer buffer) throws Exception {
        IoWriteFuture future = super.signalAuthenticationSuccess(username, service, buffer);
        loggedIn.accept(this);
        return future;
    }

    @Override
    public IoWriteFuture writePacket(Buffer buffer) throws IOException {
        if (unsent.get() >= mostUnsent) {
            close(true);
            throw new IOException("the client does not read what it is answered");
        }
        unsent.incrementAndGet();
        IoWriteFuture future;
        try {
            future = super.writePacket(buffer);
        } catch (IOException | RuntimeException e) {
            unsent.decrementAndGet();
            throw e;
        }
        future.addListener(written -> unsent.decrementAndGet());
        return future;
    }
}
