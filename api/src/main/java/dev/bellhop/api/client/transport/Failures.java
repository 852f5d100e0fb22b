// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client.transport;

import dev.bellhop.api.client.error.BellhopTransportException;
import dev.bellhop.api.client.error.BellhopTransportException.Kind;
import java.io.IOException;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What to say where no answer of a server came back.
 *
 * @param server its URL
 */
record Failures(String server, Duration connectTimeout, Duration requestTimeout) {

    /** @throws InterruptedException if it failed because the thread was interrupted */
    BellhopTransportException of(IOException e) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        if (e instanceof ProtocolException) {
            return new BellhopTransportException(
                    Kind.NOT_UNDERSTOOD,
                    "Cannot understand the answer of " + server + " because " + e.getMessage(),
                    null);
        }
        return TlsTrouble.of(e, server).orElseGet(() -> ofConnection(e));
    }

    private BellhopTransportException ofConnection(IOException e) {
        if (e instanceof HttpConnection.UnconnectedException unconnected) {
            return new BellhopTransportException(
                    unconnected.refusalOfProxy().isPresent() ? Kind.REFUSED_BY_PROXY : Kind.NOT_CONNECTED,
                    "Cannot reach " + server + " because " + connectReason(unconnected),
                    e);
        }
        if (e instanceof SocketTimeoutException) {
            return new BellhopTransportException(
                    Kind.TIMED_OUT,
                    "Cannot wait longer for " + server + " because no answer came within " + seconds(requestTimeout),
                    e);
        }
        return new BellhopTransportException(
                Kind.BROKEN, "Cannot get an answer from " + server + " because the connection broke", e);
    }

    private String connectReason(HttpConnection.UnconnectedException e) {
        Throwable cause = e.getCause();
        if (e.isWithinTls()) {
            return cause instanceof SocketTimeoutException
                    ? "TLS did not come about within " + seconds(connectTimeout)
                    : "the connection broke before TLS came about";
        }
        String proxy = e.proxy().orElse(null);
        if (proxy != null) {
            return e.refusalOfProxy()
                    .map(refusal -> "the proxy " + proxy + " does not connect to it: it answered " + refusal)
                    .orElse("the proxy " + proxy + " cannot be reached, or does not connect to it");
        }
        if (cause instanceof SocketTimeoutException) {
            return "nothing answered within " + seconds(connectTimeout);
        }
        return cause instanceof UnknownHostException ? "no host of that name is known" : "nothing listens there";
    }

    private static String seconds(Duration duration) {
        return duration.toMillis() % 1000 == 0 ? duration.toSeconds() + " s" : duration.toMillis() + " ms";
    }

    /**
     * Of a WebSocket that did not come about.
     *
     * @param what is opened by it
     */
    BellhopTransportException unopened(String what, IOException e) {
        return new BellhopTransportException(
                e instanceof TicketRefusedException ? Kind.TICKET_REFUSED : Kind.BROKEN,
                "Cannot open the " + what + " at " + server + " because " + e.getMessage(),
                e);
    }

    /** Of a stream of events that has ended before its time. */
    BellhopTransportException broken(Exception cause) {
        return new BellhopTransportException(
                Kind.BROKEN, "Cannot follow the execution because the connection to " + server + " broke", cause);
    }

    /** Of an answer that is none of a Bellhop server's. */
    BellhopTransportException notUnderstood(int status, @Nullable Exception cause) {
        // The cause's message can quote the answer, so the exception goes without its cause's words.
        String detail = cause == null ? "" : " (" + cause.getClass().getSimpleName() + ")";
        return new BellhopTransportException(
                Kind.NOT_UNDERSTOOD,
                "Cannot understand the answer of " + server + " with status " + status + detail
                        + "; check that a Bellhop server of this version is there",
                null);
    }
}
