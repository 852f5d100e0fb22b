// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Tells callers of the SSH door, so that they need not trust the first host key that they are shown. Thread safe.
 *
 * @param door as it is now; empty where it is off
 */
public record SshEndpointReads(Supplier<Optional<SshEndpoint>> door) {
    /** Throws {@code NOT_FOUND} where it is off. */
    public SshEndpoint find(Permit permit) {
        permit.callerOf(UseCase.SSH_DOOR_FIND);
        return door.get()
                .orElseThrow(() -> new BellhopException(
                        ErrorCode.NOT_FOUND,
                        "Cannot tell how to reach the SSH door because it is off at this server; 'ssh: {listen: …}' in the"
                                + " server's configuration switches it on"));
    }
}
