// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.execution;

import java.util.Objects;

/**
 * A command that was started; the answer of {@code POST /api/v2/vps/{vmid}/agent/exec}.
 *
 * @param pid what the guest calls it
 * @param pollUrl where its result is, relative to the server
 */
public record AgentExecStarted(long pid, String pollUrl) {

    public AgentExecStarted {
        Objects.requireNonNull(pollUrl, "pollUrl");
    }
}
