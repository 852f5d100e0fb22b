// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.fuzz;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.EnumSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.sshd.client.ClientFactoryManager;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.keyverifier.AcceptAllServerKeyVerifier;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.client.session.ClientSessionImpl;
import org.apache.sshd.client.session.SessionFactory;
import org.apache.sshd.common.io.IoSession;
import org.apache.sshd.common.io.IoWriteFuture;
import org.apache.sshd.common.keyprovider.KeyIdentityProvider;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;
import org.jspecify.annotations.Nullable;

/** The library's client, whose connections stop at some point to follow any protocol, and say what they are told to. */
final class DeafClient implements AutoCloseable {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    private final SshClient client = SshClient.setUpDefaultClient();
    private final InetSocketAddress server;

    DeafClient(InetSocketAddress server) {
        this.server = server;
        client.setServerKeyVerifier(AcceptAllServerKeyVerifier.INSTANCE);
        client.setKeyIdentityProvider(KeyIdentityProvider.EMPTY_KEYS_PROVIDER);
        client.setSessionFactory(new SessionFactory(client) {
            @Override
            protected ClientSessionImpl doCreateSession(IoSession io) throws Exception {
                return new Session(getClient(), io);
            }
        });
        client.start();
    }

    private static final class Session extends ClientSessionImpl {
        private volatile boolean deaf;
        private final BlockingQueue<byte[]> answers = new LinkedBlockingQueue<>();

        Session(ClientFactoryManager client, IoSession io) throws Exception {
            super(client, io);
        }

        @Override
        protected void doHandleMessage(Buffer buffer) throws Exception {
            if (deaf) {
                answers.add(buffer.getCompactData());
            } else {
                super.doHandleMessage(buffer);
            }
        }
    }

    /** One connection. */
    static final class Connection implements AutoCloseable {
        private final Session session;

        private Connection(ClientSession session) {
            this.session = (Session) session;
        }

        /** From here on nobody heeds what the server says. */
        Connection deaf() {
            session.deaf = true;
            return this;
        }

        /** And takes nothing of it any more, so that it fills what is in between. */
        Connection readsNothing() {
            session.getIoSession().suspendRead();
            return this;
        }

        /** A message from its type on. Does nothing where the connection has ended. */
        void send(byte[] message) {
            var _ = begin(message);
        }

        /** The same; returns once it has been sent, or cannot be in time. */
        void sendAndWait(byte[] message) throws IOException {
            IoWriteFuture sending = begin(message);
            if (sending != null) {
                sending.await(TIMEOUT);
            }
        }

        private @Nullable IoWriteFuture begin(byte[] message) {
            try {
                Buffer buffer = session.createBuffer((byte) 0, message.length);
                buffer.wpos(buffer.wpos() - 1);
                buffer.putRawBytes(message);
                return session.writePacket(buffer);
            } catch (IOException | IllegalStateException e) {
                // It has ended, which the server may do to it.
                return null;
            }
        }

        /** Bytes that nothing has encrypted. */
        void sendRaw(byte[] bytes) {
            try {
                session.getIoSession().writeBuffer(new ByteArrayBuffer(bytes));
            } catch (IOException e) {
                // It has ended.
            }
        }

        /** The next message from the server, from its type on; absent where none comes in time. */
        byte @Nullable [] answer(long millis) throws InterruptedException {
            return session.answers.poll(millis, TimeUnit.MILLISECONDS);
        }

        boolean isOpen() {
            return session.isOpen();
        }

        /** Waits for the server to end it. */
        void awaitEnd() {
            if (session.waitFor(EnumSet.of(ClientSession.ClientSessionEvent.CLOSED), TIMEOUT)
                    .contains(ClientSession.ClientSessionEvent.TIMEOUT)) {
                throw new AssertionError("the server does not end it");
            }
        }

        /** As a network that is gone. */
        @Override
        public void close() {
            session.close(true);
        }
    }

    /** One that nobody has logged in on. */
    Connection connect(String login) throws IOException {
        ClientSession session = client.connect(login, server).verify(TIMEOUT).getSession();
        session.waitFor(EnumSet.of(ClientSession.ClientSessionEvent.WAIT_AUTH), TIMEOUT);
        return new Connection(session);
    }

    /** One that has logged in. */
    Connection logIn(String login, String password) throws IOException {
        Connection connection = connect(login);
        connection.session.addPasswordIdentity(password);
        connection.session.auth().verify(TIMEOUT);
        return connection;
    }

    /** What a command prints that runs as for anybody. */
    String run(String login, String password, String command) throws IOException {
        try (Connection connection = logIn(login, password)) {
            return connection.session.executeRemoteCommand(command);
        }
    }

    @Override
    public void close() throws IOException {
        client.close();
    }
}
