// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import dev.bellhop.server.access.Key;
import dev.bellhop.server.access.Scope;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.tenant.Tenant;
import org.jspecify.annotations.Nullable;

/**
 * Who asks for something, and by which way. A door makes one of each request whose key it has let in.
 *
 * @param requestId names the request in logs and in the audit trail
 * @param address where it comes from; absent where that is not known
 * @param door the method and path template of a request, or {@link #SSH}
 * @param certificate by which the caller has come in with the key, as the audit trail is to have it; absent where it was by none
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

    /** The error for a key that does not exist, or does no more. Its words are those of v1, and fixed. */
    public static BellhopException notAccepted() {
        return new BellhopException(
                ErrorCode.UNAUTHORIZED,
                "Cannot accept this API key because it is unknown, expired, revoked or not for this address");
    }

    /** The error for a key that was accepted when the request came. */
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
