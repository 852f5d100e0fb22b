// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

/** What a caller wants to have run. */
public record ExecutionRequest(ExecutionSpec spec, Delivery delivery) {
    /** Shell text and nothing more, in a guest whose agent is there. */
    public static ExecutionRequest of(String script, String keyId) {
        return new ExecutionRequest(ExecutionSpec.of(script, keyId), Delivery.PLAIN);
    }
}
