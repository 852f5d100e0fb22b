// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client.error;

import org.jspecify.annotations.Nullable;

/** No answer of a Bellhop server came back. */
public final class BellhopTransportException extends BellhopClientException {

    private static final long serialVersionUID = 1L;

    /** How far the request came. */
    public enum Kind {
        /** No connection came about, so the server cannot have seen the request. */
        NOT_CONNECTED,
        /** A proxy did not connect to the server, by its own choice. The same will happen again until somebody acts. */
        REFUSED_BY_PROXY,
        /** TLS did not come about, so the server was not asked. The same will happen again until somebody acts. */
        NOT_SECURED,
        /** As that, because the server's certificate is signed by nobody who is trusted here. */
        UNKNOWN_AUTHORITY,
        /** The answer did not come in time. The server may have acted on the request. */
        TIMED_OUT,
        /** The connection broke before the answer was there. The server may have acted on the request. */
        BROKEN,
        /** The server did not let in whoever has this ticket for a WebSocket. Another ticket may do. */
        TICKET_REFUSED,
        /** There was an answer, but not one that a Bellhop server gives. */
        NOT_UNDERSTOOD,
        /** The thread was interrupted, in a method that cannot throw {@link InterruptedException}, such as an iterator's. */
        INTERRUPTED
    }

    private final Kind kind;

    /**
     * For the library, and for tests of what uses it.
     *
     * @param message for a person
     */
    public BellhopTransportException(Kind kind, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }

    @Override
    public boolean mayPass() {
        return switch (kind) {
            case NOT_CONNECTED, TIMED_OUT, BROKEN -> true;
            case REFUSED_BY_PROXY, NOT_SECURED, UNKNOWN_AUTHORITY, TICKET_REFUSED, NOT_UNDERSTOOD, INTERRUPTED -> false;
        };
    }
}
