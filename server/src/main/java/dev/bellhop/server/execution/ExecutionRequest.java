// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

/**
 * What a caller wants to have run.
 *
 * @param command text for the guest's shell
 * @param keyId the key it was asked with
 */
public record ExecutionRequest(String command, String keyId) {
    @Override
    public String toString() {
        return "ExecutionRequest[key " + keyId + "]";
    }
}
