// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client.error;

import org.jspecify.annotations.Nullable;

/** A request that did not get what it asked for: either the server said no, or there was no answer of a server. */
public abstract sealed class BellhopClientException extends RuntimeException
        permits BellhopApiException, BellhopTransportException {

    private static final long serialVersionUID = 1L;

    BellhopClientException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /** Whether the same request can succeed later without any change. */
    public abstract boolean mayPass();
}
