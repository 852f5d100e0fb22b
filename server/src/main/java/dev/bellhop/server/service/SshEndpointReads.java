// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Shows the SSH door and its host keys to callers, who then need not trust the first host key that they see. Thread
 * safe.
 *
 * @param door the current endpoint; empty if the door is off
 */
public record SshEndpointReads(Supplier<Optional<SshEndpoint>> door) {
    /** Returns the endpoint; throws {@code NOT_FOUND} if the door is off. */
    public SshEndpoint find(Permit permit) {
        permit.callerOf(UseCase.SSH_DOOR_FIND);
        return door.get()
                .orElseThrow(() -> new BellhopException(
                        ErrorCode.NOT_FOUND,
                        "Cannot tell how to reach the SSH door because it is off at this server; 'ssh: {listen: …}' in the"
                                + " server's configuration switches it on"));
    }
}
