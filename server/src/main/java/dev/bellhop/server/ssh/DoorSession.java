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
 * A connection that ends where its client asks on and on and reads no answers: the library would keep all of them in memory. Output of commands
 * is held back before it comes to so much, by {@link HeldBackWriter}.
 */
final class DoorSession extends ServerSessionImpl {
    /** Four times what the streams of a channel hold at most. */
    private static final int UNSENT_PER_CHANNEL = 64;

    /** Room for answers where channels are few. */
    private static final int MIN_CHANNELS = 64;

    /** Parsing a longer one costs up to 100 ms. OpenSSH's has 1,500 bytes. */
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
     * Makes them.
     *
     * @param channels that a connection may have at once
     * @param refusal why a connection cannot exchange keys before it has logged in; empty if it can
     * @param loggedIn is told of each whose client knows that it is in
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

    /** A stranger gets one key exchange, with few algorithms to choose from. */
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
     * The library tells its own listeners between encrypting this packet and sending it. What they would send comes before it, and the client
     * cannot decrypt it.
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
