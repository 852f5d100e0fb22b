// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.forward.Forward;
import dev.bellhop.server.forward.ForwardEnd;
import dev.bellhop.server.forward.TcpConnections;
import dev.bellhop.server.forward.TcpInput;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.ssh.login.LoginTerms;
import dev.bellhop.server.ssh.login.SshLogin;
import dev.bellhop.server.ssh.memory.ChannelMemory;
import dev.bellhop.server.ssh.memory.DoorMemory;
import dev.bellhop.server.ssh.memory.MemoryHolder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.sshd.client.future.DefaultOpenFuture;
import org.apache.sshd.client.future.OpenFuture;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.channel.ChannelOutputStream;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.server.channel.AbstractServerChannel;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection from the guest that a client asks for, such as with {@code ssh -L}, {@code -D} and {@code -W}. The
 * library calls this class on the session's thread, which must not wait; each direction has its own thread. The
 * channel's window bounds the data that the client sends ahead of the guest, and grows again when the guest reads.
 */
final class ForwardChannel extends AbstractServerChannel implements MemoryHolder, LastingChannel {
    /** Not named after this class: the library logs the data of clients under that name, so the log leaves it out. */
    private static final Logger log = LoggerFactory.getLogger(Forward.class);

    private static final int PIECE = 32 << 10;
    private static final Duration SLICE = Duration.ofSeconds(10);

    /** For a client that does not read, which blocks only its own connection. */
    private static final Duration FOR_EVER = Duration.ofDays(365);

    /** The time for a guest to read what its client sent before it left. */
    private static final Duration LINGER = Duration.ofSeconds(30);

    private final SshLogin login;
    private final SshServices services;
    private final Object lock = new Object();
    private @Nullable GrowingWindow window;
    /** Absent until the connection is about to be opened. */
    private volatile @Nullable ChannelMemory memory;

    /** Data from the client that is being sent to the guest piece by piece. Used only by the sending thread. */
    private ByteBuffer going = ByteBuffer.allocate(0);

    /** Data from the client that arrived since. Guarded by {@link #lock}, like the flags below. */
    private ByteArrayOutputStream came = new ByteArrayOutputStream();

    private boolean allCame;
    private boolean closed;

    /** Whether the client has received all data from the guest. {@link #sent} is the other direction. */
    private boolean received;

    private boolean sent;

    /** Completes once the guest has no part of the connection, or never will. */
    private final CompletableFuture<Void> gone = new CompletableFuture<>();

    /** @param login the login that opened the channel; an ended session forgets it */
    ForwardChannel(SshLogin login, SshServices services) {
        super("", List.of(), null);
        this.login = login;
        this.services = services;
        addCloseFutureListener(future -> wake());
    }

    /** Limits the size of packets, whatever the client says, to bound the data in transit. */
    @Override
    public OpenFuture open(long recipient, long windowSize, long packetSize, Buffer buffer) {
        return super.open(recipient, windowSize, Math.min(packetSize, DoorMemory.PACKET), buffer);
    }

    @Override
    protected void configureWindow() {
        super.configureWindow();
        window = GrowingWindow.of(getLocalWindow());
    }

    @Override
    public ChannelMemory memory() {
        return Objects.requireNonNull(memory);
    }

    /** Runs a task once the channel is closed and the guest has no part of the connection. */
    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // No one waits for the task.
    public void whenGone(Runnable task) {
        addCloseFutureListener(future -> gone.thenRun(task));
    }

    @Override
    public void connectionEnds() {
        ChannelMemory taken = memory;
        if (taken != null) {
            taken.connectionEnds();
        }
    }

    private void wake() {
        synchronized (lock) {
            closed = true;
            lock.notifyAll();
        }
    }

    @Override
    protected OpenFuture doInit(Buffer buffer) {
        String host = buffer.getString();
        long port = buffer.getUInt();
        OpenFuture future = new DefaultOpenFuture(this, this);
        Thread.ofVirtual().name("ssh-forward").start(() -> open(host, port, future));
        return future;
    }

    private void open(String host, long port, OpenFuture future) {
        Forward forward;
        try {
            takeMemory();
            services.gatekeeper().requested(login.key());
            forward = services.during(login, UseCase.FORWARD_OPEN, permit -> {
                requirePermitted(login.terms());
                return services.forwards()
                        .open(
                                services.vms().find(permit, login.vm()),
                                host,
                                Math.toIntExact(Math.min(port, Integer.MAX_VALUE)));
            });
        } catch (BellhopException e) {
            refuse(reason(e.code()), SshErrors.sentence(e));
            return;
        } catch (RuntimeException | Error e) {
            log.error("Cannot forward a connection of an SSH session", e);
            refuse(SshConstants.SSH_OPEN_CONNECT_FAILED, SshErrors.FAULT);
            return;
        }
        if (forward.take()) {
            carry(forward, future);
        }
    }

    private void takeMemory() {
        ChannelMemory taken = services.memory()
                .take(login.key().holder())
                .orElseThrow(() -> SshErrors.noMemory("forward a connection"));
        memory = taken;
        whenGone(taken::leave);
    }

    private static void requirePermitted(LoginTerms terms) {
        if (terms.dryRun()) {
            throw new BellhopException(
                    ErrorCode.FORBIDDEN, "Cannot forward a connection because this login is for dry runs alone");
        }
        if (terms.isSftpAlone()) {
            throw new BellhopException(
                    ErrorCode.FORBIDDEN,
                    "Cannot forward a connection because the certificate of this login permits nothing but sftp");
        }
        if (!terms.forwarding()) {
            throw new BellhopException(
                    ErrorCode.FORBIDDEN,
                    "Cannot forward a connection because the certificate of this login does not permit it");
        }
    }

    /** Returns SSH's reason code; the sentence says more. */
    private static int reason(ErrorCode code) {
        if (code == ErrorCode.OVERLOADED) {
            return SshConstants.SSH_OPEN_RESOURCE_SHORTAGE;
        }
        return switch (code.kind()) {
            case FORBIDDEN, NOT_FOUND, BAD_REQUEST -> SshConstants.SSH_OPEN_ADMINISTRATIVELY_PROHIBITED;
            case TOO_MANY_REQUESTS -> SshConstants.SSH_OPEN_RESOURCE_SHORTAGE;
            default -> SshConstants.SSH_OPEN_CONNECT_FAILED;
        };
    }

    /**
     * Sends the failure directly, because the library would leave out the sentence. The library only sees the channel
     * close.
     */
    private void refuse(int reason, String sentence) {
        try {
            Buffer buffer = getSession()
                    .createBuffer(SshConstants.SSH_MSG_CHANNEL_OPEN_FAILURE, sentence.length() + 2 * Long.SIZE);
            buffer.putUInt(getRecipient());
            buffer.putUInt(reason);
            buffer.putString(sentence);
            // Empty language tag.
            buffer.putString("");
            writePacket(buffer);
        } catch (IOException e) {
            log.debug("A client has gone before it was told that it gets no connection");
        }
        gone.complete(null);
        close(true);
    }

    private void carry(Forward forward, OpenFuture future) {
        addCloseFutureListener(closing -> leave(forward));
        forward.whenGone(() -> gone.complete(null));
        try {
            signalChannelOpenSuccess();
            // This confirms the channel to the client, so nothing is sent before it.
            future.setOpened();
        } catch (RuntimeException e) {
            future.setException(e);
            close(true);
            return;
        }
        forward.whenEnded(() -> {
            // If the key has ended, the whole session ends, with the reason.
            if (forward.end() != ForwardEnd.NOT_ALLOWED || login.isStillGood()) {
                close(false);
            }
        });
        Thread.ofVirtual().name("ssh-forward-in").start(() -> send(forward));
        receive(forward);
    }

    /** Copies from the guest to the client. */
    private void receive(Forward forward) {
        try (OutputStream out = new ChannelOutputStream(
                this, getRemoteWindow(), FOR_EVER, log, SshConstants.SSH_MSG_CHANNEL_DATA, false)) {
            while (true) {
                TcpInput input = forward.read(PIECE, SLICE);
                if (input.bytes().length > 0) {
                    out.write(input.bytes());
                    out.flush();
                } else if (input.isEnd()) {
                    break;
                }
            }
            if (forward.end() == null) {
                sendEof();
                synchronized (lock) {
                    received = true;
                }
                closeIfDone(forward);
            }
        } catch (IOException e) {
            forward.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            forward.close();
        }
    }

    /** Copies from the client to the guest. */
    private void send(Forward forward) {
        try {
            for (byte[] bytes = next(); bytes != null; bytes = next()) {
                forward.write(bytes);
                if (getLocalWindow().isOpen()) {
                    getLocalWindow().release(bytes.length);
                }
            }
            if (forward.end() == null) {
                forward.endOutput();
                synchronized (lock) {
                    sent = true;
                }
                closeIfDone(forward);
            }
        } catch (IOException e) {
            forward.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            forward.close();
        }
    }

    /** Closes the connection if both directions have ended. */
    private void closeIfDone(Forward forward) {
        synchronized (lock) {
            if (!received || !sent) {
                return;
            }
        }
        forward.close();
    }

    /**
     * Handles a client that has closed the channel, or has gone. If both sides have sent all, the guest still gets the
     * rest.
     */
    private void leave(Forward forward) {
        synchronized (lock) {
            if (!allCame || !received) {
                forward.close();
                return;
            }
        }
        Thread.ofVirtual().name("ssh-forward-end").start(() -> {
            try {
                gone.get(LINGER.toMillis(), TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (ExecutionException | TimeoutException e) {
                log.debug("A guest does not take what a client has sent that has left");
            }
            forward.close();
        });
    }

    /** Returns a piece of the data that arrived; absent at its end. */
    private byte @Nullable [] next() throws InterruptedException {
        if (!going.hasRemaining()) {
            synchronized (lock) {
                while (came.size() == 0) {
                    if (allCame || closed) {
                        return null;
                    }
                    lock.wait();
                }
                going = ByteBuffer.wrap(came.toByteArray());
                came = new ByteArrayOutputStream();
            }
        }
        byte[] bytes = new byte[Math.min(going.remaining(), TcpConnections.MAX_BYTES)];
        going.get(bytes);
        return bytes;
    }

    @Override
    protected void doWriteData(byte[] data, int offset, long length) throws IOException {
        ChannelMemory taken = memory;
        if (taken == null) {
            // The client sends data before the channel is open.
            close(true);
            return;
        }
        synchronized (lock) {
            came.write(data, offset, Math.toIntExact(length));
            lock.notifyAll();
        }
        Objects.requireNonNull(window).came(length, taken);
    }

    @Override
    protected void doWriteExtendedData(byte[] data, int offset, long length) throws IOException {
        throw new IOException("there is no other stream in a connection");
    }

    @Override
    public void handleEof() throws IOException {
        super.handleEof();
        synchronized (lock) {
            allCame = true;
            lock.notifyAll();
        }
    }
}
