// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import org.jspecify.annotations.Nullable;

/** What a caller wants to have run. */
public record ExecutionRequest(ExecutionSpec spec, Delivery delivery) {
    /** Shell text and nothing more, in a guest whose agent is there, with a key of the operator's. */
    public static ExecutionRequest of(String script, String keyId) {
        return of(script, keyId, null);
    }

    /** Shell text and nothing more, in a guest whose agent is there. */
    public static ExecutionRequest of(String script, String keyId, @Nullable String account) {
        return new ExecutionRequest(ExecutionSpec.of(script, keyId, account), Delivery.PLAIN);
    }
}
