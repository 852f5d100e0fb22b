// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client;

import org.jspecify.annotations.Nullable;

/** No answer of a Bellhop server came back. */
public final class BellhopTransportException extends BellhopClientException {

    private static final long serialVersionUID = 1L;

    /** How far the request came. */
    public enum Kind {
        /** No connection came about, so the server cannot have seen the request. */
        NOT_CONNECTED,
        /** The answer did not come in time. The server may have acted on the request. */
        TIMED_OUT,
        /** The connection broke before the answer was there. The server may have acted on the request. */
        BROKEN,
        /** There was an answer, but not one that a Bellhop server gives. */
        NOT_UNDERSTOOD
    }

    private final Kind kind;

    BellhopTransportException(Kind kind, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
