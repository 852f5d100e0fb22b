// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga.client;

import dev.bellhop.qga.AgentErrorException;
import dev.bellhop.qga.AgentException;
import dev.bellhop.qga.AgentExchange;
import dev.bellhop.qga.AgentProtocolException;
import dev.bellhop.qga.AgentTimeoutException;
import dev.bellhop.qga.AgentTimeoutException.Stage;
import dev.bellhop.qga.Deadline;
import dev.bellhop.qga.ExchangeException;
import dev.bellhop.qga.ExchangeException.Kind;
import dev.bellhop.qga.GuestAgentOptions;
import dev.bellhop.qga.NotConnectedException;
import dev.bellhop.qga.NotConnectedException.Reason;
import dev.bellhop.qga.ReplyBudget;
import dev.bellhop.qga.ReplyLimits;
import dev.bellhop.qga.RpcDisabledException;
import dev.bellhop.qga.RpcMissingException;
import dev.bellhop.qga.client.BoundedInput.BudgetException;
import dev.bellhop.qga.client.Reply.Misfit;
import dev.bellhop.qga.client.Reply.Refusal;
import dev.bellhop.qga.client.Reply.Result;
import java.io.IOException;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reaches an agent by an {@link AgentExchange}.
 *
 * <p>An agent that has not answered for the idle timeout is pinged first. An exchange may find out that the agent hangs
 * later than the caller can wait, and only a request that changes nothing may be abandoned halfway.
 */
final class ExchangeTransport implements Transport {

    /** Far more than what surrounds the bytes of a file in a message. */
    private static final int AROUND = 1024;

    private final AgentExchange exchange;
    private final ReplyLimits limits;
    private final ReplyParser parser;
    private final BoundedInput intake;
    private final RequestBuffer requests = new RequestBuffer();
    private final long idleNanos;
    private final Consumer<String> whenSent;

    private volatile boolean answered;
    private volatile long answeredAt;
    private volatile boolean closed;

    ExchangeTransport(AgentExchange exchange, GuestAgentOptions options) {
        this.exchange = exchange;
        this.limits = options.limits()
                .withMaxLineBytes(Math.min(options.limits().maxLineBytes(), exchange.largestReply()))
                .withMaxFileReadBytes(
                        Math.min(options.limits().maxFileReadBytes(), fileBytes(exchange.largestReply())));
        this.parser = new ReplyParser(limits);
        this.intake = new BoundedInput(limits, options.budget());
        this.idleNanos = Deadline.nanos(options.idleTimeout());
        this.whenSent = options.whenSent();
    }

    @Override
    public <T> T call(Rpc<T> rpc, Deadline deadline, ReplyBudget.@Nullable Share share) throws AgentException {
        byte[] request = request(rpc);
        boolean succeeded = false;
        try {
            if (!isConnected() && !rpc.name().equals(Rpcs.PING.name())) {
                greet(rpc, deadline);
            }
            T result = ask(rpc, request, deadline, share);
            succeeded = true;
            return result;
        } catch (AgentErrorException | RpcDisabledException | RpcMissingException e) {
            succeeded = true;
            throw e;
        } finally {
            answeredAt = System.nanoTime();
            answered = succeeded;
        }
    }

    /** What goes wrong here is said of the call that it is for, which has not been sent. */
    private void greet(Rpc<?> rpc, Deadline deadline) throws AgentException {
        try {
            // Any reply is a sign of life.
            whenSent.accept(Rpcs.PING.name());
            exchange.exchange(request(Rpcs.PING), deadline).close();
        } catch (ExchangeException e) {
            switch (e.kind()) {
                case REFUSED -> {
                    // So is this.
                }
                case LATE, SILENT -> throw late(rpc, Stage.GREETING, false, e);
                default -> throw failed(rpc, e, false);
            }
        }
    }

    private <T> T ask(Rpc<T> rpc, byte[] request, Deadline deadline, ReplyBudget.@Nullable Share share)
            throws AgentException {
        if (closed) {
            throw rpc.clientClosed();
        }
        Reply<T> reply;
        whenSent.accept(rpc.name());
        try (AgentExchange.Answer answer = exchange.exchange(request, deadline)) {
            reply = read(rpc, answer.bytes(), deadline, share);
        } catch (ExchangeException e) {
            throw failed(rpc, e, true);
        }
        return switch (reply.outcome()) {
            case Result<T>(T value) -> value;
            case Refusal<T>(String errorClass, String description) -> throw rpc.refused(errorClass, description);
            case Misfit<T>(String what) -> throw unreadable(rpc, what);
        };
    }

    private <T> Reply<T> read(Rpc<T> rpc, byte[] bytes, Deadline deadline, ReplyBudget.@Nullable Share share)
            throws AgentException {
        if (share == null) {
            intake.begin(deadline);
        } else {
            intake.begin(deadline, share, later -> !closed);
        }
        boolean succeeded = false;
        try {
            if (bytes.length > limits.maxLineBytes()) {
                throw new MalformedReplyException("it is a line of more than " + limits.maxLineBytes() + " bytes");
            }
            ReplyParser.requireStart(bytes, 0, bytes.length);
            Reply<T> reply = parser.parse(bytes, 0, bytes.length, rpc.result(), intake);
            succeeded = true;
            return reply;
        } catch (MalformedReplyException e) {
            throw unreadable(rpc, e.what());
        } catch (BudgetException e) {
            throw e.interrupted ? interrupted(rpc, true, e) : late(rpc, Stage.MEMORY, true, e);
        } catch (IOException e) {
            throw new AssertionError("the reply is in memory", e);
        } finally {
            intake.end(succeeded);
        }
    }

    private byte[] request(Rpc<?> rpc) throws AgentErrorException {
        try {
            requests.clear();
            requests.add(rpc.name(), rpc.arguments(), Reply.NO_ID);
            int length = requests.content().remaining() - 1;
            if (length > exchange.largestRequest()) {
                throw new AgentErrorException(
                        rpc.name(),
                        "RequestTooLarge",
                        "the hypervisor passes on at most " + exchange.largestRequest()
                                + " bytes at once, and this command with its stdin has more");
            }
            return Arrays.copyOf(requests.content().array(), length);
        } finally {
            requests.clear();
        }
    }

    @Override
    public int maxFileReadBytes() {
        return limits.maxFileReadBytes();
    }

    @Override
    public int maxFileWriteBytes() {
        return fileBytes(exchange.largestRequest());
    }

    /** Four characters of base64 carry three bytes. */
    private static int fileBytes(int message) {
        return (message - AROUND) / 4 * 3;
    }

    @Override
    public boolean isConnected() {
        return answered && System.nanoTime() - answeredAt < idleNanos;
    }

    /** The holder of the channel behind the exchange serves us all. */
    @Override
    public boolean isHeldByAnother() {
        return false;
    }

    @Override
    public void close() {
        closed = true;
        exchange.close();
    }

    /** @param sent whether the request may have gone out, where the kind leaves that open */
    private AgentException failed(Rpc<?> rpc, ExchangeException e, boolean sent) {
        if (closed) {
            return new NotConnectedException(
                    Reason.CLOSED, cannot(rpc) + "this client was closed", sent && mayHaveGone(e.kind()), e);
        }
        return switch (e.kind()) {
            case UNREACHABLE -> notConnected(rpc, Reason.UNREACHABLE, "the hypervisor is not there", false, e);
            case NOT_RUNNING ->
                notConnected(rpc, Reason.NOT_RUNNING, "the virtual machine does not run, or is paused", false, e);
            case NO_CHANNEL ->
                notConnected(rpc, Reason.NO_CHANNEL, "the virtual machine has no channel for an agent", false, e);
            case NO_AGENT -> notConnected(rpc, Reason.NO_AGENT, "no agent runs in the guest", false, e);
            case GIVEN_UP -> notConnected(rpc, Reason.GIVEN_UP, "the hypervisor has given up on the agent", false, e);
            case BUSY -> late(rpc, Stage.TURN, false, e);
            case SILENT -> late(rpc, Stage.GREETING, false, e);
            case LATE -> late(rpc, Stage.REPLY, sent, e);
            case TOO_LARGE ->
                new AgentProtocolException(
                        cannot(rpc) + "the reply has more bytes than the hypervisor passes on", sent, true, e);
            case DROPPED ->
                notConnected(rpc, Reason.DROPPED, "the connection to the hypervisor ended or failed", sent, e);
            case REFUSED -> rpc.refused("GenericError", String.valueOf(e.agentsWords()));
            case INTERRUPTED -> interrupted(rpc, sent, e);
        };
    }

    private static boolean mayHaveGone(Kind kind) {
        return switch (kind) {
            case UNREACHABLE, NOT_RUNNING, NO_CHANNEL, NO_AGENT, GIVEN_UP, BUSY, SILENT, REFUSED -> false;
            case LATE, TOO_LARGE, DROPPED, INTERRUPTED -> true;
        };
    }

    private static String cannot(Rpc<?> rpc) {
        return "Cannot complete " + rpc.name() + " because ";
    }

    private static NotConnectedException notConnected(
            Rpc<?> rpc, Reason reason, String why, boolean mayHaveActed, Exception cause) {
        return new NotConnectedException(reason, cannot(rpc) + why, mayHaveActed, cause);
    }

    private static NotConnectedException interrupted(Rpc<?> rpc, boolean mayHaveActed, Exception cause) {
        return notConnected(rpc, Reason.INTERRUPTED, "the thread was interrupted", mayHaveActed, cause);
    }

    private static AgentTimeoutException late(Rpc<?> rpc, Stage stage, boolean mayHaveActed, Exception cause) {
        return new AgentTimeoutException(stage, rpc.name(), mayHaveActed, cause);
    }

    private static AgentProtocolException unreadable(Rpc<?> rpc, String what) {
        return new AgentProtocolException(
                "Cannot complete " + rpc.name() + " because of what the agent sent: " + what, true, null);
    }
}
