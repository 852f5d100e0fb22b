// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import dev.bellhop.server.access.Key;
import dev.bellhop.server.access.Scope;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.tenant.Tenant;
import org.jspecify.annotations.Nullable;

/**
 * A caller and its way in. A door creates one for each request whose key it has accepted.
 *
 * @param requestId identifies the request in logs and in the audit trail
 * @param address the client's address; absent if it is not known
 * @param door the method and path template of a request, or {@link #SSH}
 * @param certificate the caller's SSH certificate, in the form for the audit trail; absent if none was used
 */
public record Caller(
        Key key,
        String requestId,
        @Nullable String address,
        String door,
        @Nullable String certificate) {
    /** The door for SSH programs. */
    public static final String SSH = "ssh";

    public boolean allows(Scope scope) {
        return key.allows(scope);
    }

    /** Returns the error for a key that does not exist or no longer exists. The text is fixed: it is the text of v1. */
    public static BellhopException notAccepted() {
        return new BellhopException(
                ErrorCode.UNAUTHORIZED,
                "Cannot accept this API key because it is unknown, expired, revoked or not for this address");
    }

    /** Returns the error for a key that was valid when the request arrived. */
    public static BellhopException noLongerAccepted() {
        return new BellhopException(
                ErrorCode.UNAUTHORIZED,
                "Cannot go on because the API key of this request has expired, was revoked or rotated, or lost rights in the"
                        + " meantime; send the request again with a valid key");
    }

    public Tenant tenant() {
        return key.tenant();
    }
}
