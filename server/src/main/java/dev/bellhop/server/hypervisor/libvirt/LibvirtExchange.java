// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.libvirt;

import dev.bellhop.qga.AgentExchange;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ExchangeException;
import dev.bellhop.qga.ExchangeException.Kind;
import dev.bellhop.server.hypervisor.libvirt.LibvirtCalls.CallException;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Exchanges messages with one domain's agent through virDomainQemuAgentCommand.
 *
 * <p>The timeout of that call is in whole seconds, and before the request it waits up to five seconds for a sign of
 * life; so a caller can give up sooner than libvirt. A domain has at most one call on the threads of {@link
 * LibvirtCalls}, even if its caller no longer waits. After a timeout, the domain counts as slow for a minute; a reply
 * does not change that, because a guest can answer cheap commands and hang in others.
 */
final class LibvirtExchange implements AgentExchange {
    /**
     * If the agent's socket does not accept a whole request in one write, the daemon starts over, and the agent reads
     * garbage and may go silent. The socket accepts about 200 KiB, the usual limit on Linux.
     */
    private static final int MAX_REQUEST_BYTES = 128 * 1024;

    /** {@code REMOTE_STRING_MAX}: the longest text that a daemon sends to its client. */
    private static final int MAX_REPLY_BYTES = 4 * 1024 * 1024;

    /**
     * A reply of this size holds its thread until it has been read, which limits the number of such replies to the
     * number of threads.
     */
    private static final int LARGE = 64 * 1024;

    private static final Duration REMEMBERED = Duration.ofMinutes(1);

    private final UUID domain;
    private final LibvirtCalls calls;
    private final Semaphore turn = new Semaphore(1);
    private volatile boolean hasBeenSilent;
    private volatile long silentAt;
    private volatile boolean closed;

    LibvirtExchange(UUID domain, LibvirtCalls calls) {
        this.domain = domain;
        this.calls = calls;
    }

    @Override
    public int largestRequest() {
        return MAX_REQUEST_BYTES;
    }

    @Override
    public int largestReply() {
        return MAX_REPLY_BYTES;
    }

    @Override
    public Answer exchange(byte[] request, Deadline deadline) throws ExchangeException {
        boolean wasSilent = hasBeenSilent && System.nanoTime() - silentAt < REMEMBERED.toNanos();
        takeTurn(deadline);
        Exchanged exchanged = new Exchanged(request, deadline);
        try {
            return calls.call(exchanged, wasSilent, deadline);
        } catch (CallException e) {
            exchanged.close();
            ExchangeException failure = failure(e, wasSilent);
            // A call that got no thread says nothing about the guest.
            if (failure.kind() == Kind.LATE
                    || (failure.kind() == Kind.SILENT && e.why != CallException.Why.NOT_BEGUN)) {
                silentAt = System.nanoTime();
                hasBeenSilent = true;
            }
            throw failure;
        }
    }

    /** Waits for an earlier call, abandoned by its caller, to return from libvirt. */
    private void takeTurn(Deadline deadline) throws ExchangeException {
        try {
            if (!turn.tryAcquire(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS)) {
                throw new ExchangeException(Kind.SILENT, null);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ExchangeException(Kind.INTERRUPTED, e);
        }
        if (closed) {
            turn.release();
            throw new ExchangeException(Kind.UNREACHABLE, null);
        }
    }

    @Override
    public void close() {
        closed = true;
    }

    private static ExchangeException failure(CallException e, boolean wasSilent) {
        return switch (e.why) {
            case UNREACHABLE -> new ExchangeException(Kind.UNREACHABLE, e);
            case NOT_BEGUN -> new ExchangeException(wasSilent ? Kind.SILENT : Kind.BUSY, e);
            case LATE -> new ExchangeException(Kind.LATE, e);
            case INTERRUPTED -> new ExchangeException(Kind.INTERRUPTED, e);
            case FAILED -> e.said == null ? new ExchangeException(Kind.DROPPED, e) : AgentErrors.meaning(e.said);
        };
    }

    /** One exchange, on the thread of a connection. */
    private final class Exchanged implements LibvirtCalls.Task<Answer>, Answer {
        private final byte[] request;
        private final Deadline deadline;
        private final CountDownLatch read = new CountDownLatch(1);
        private volatile byte[] reply = {};

        Exchanged(byte[] request, Deadline deadline) {
            this.request = request;
            this.deadline = deadline;
        }

        @Override
        public Answer run(LibvirtConnection connection) throws LibvirtException {
            try (LibvirtConnection.Domain found = find(connection)) {
                reply = found.agentCommand(request, seconds());
            }
            return this;
        }

        private LibvirtConnection.Domain find(LibvirtConnection connection) throws LibvirtException {
            try {
                return connection.domain(domain);
            } catch (LibvirtException e) {
                throw e.code() == LibvirtException.NO_DOMAIN ? e : AgentErrors.beforeTheRequest(e);
            }
        }

        /** At least one, because zero would mean "do not wait". */
        private int seconds() {
            return Math.clamp(deadline.remaining().plusMillis(999).toSeconds(), 1, 3600);
        }

        @Override
        public void ended() {
            turn.release();
        }

        @Override
        public void awaitRelease() throws InterruptedException {
            if (reply.length >= LARGE) {
                read.await();
            }
        }

        @Override
        public byte[] bytes() {
            return reply;
        }

        @Override
        public void close() {
            read.countDown();
        }
    }
}
