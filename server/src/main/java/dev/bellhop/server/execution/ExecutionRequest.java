// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A caller's request to run a command.
 *
 * @param approvalWithin how long the request waits for approval before anything is sent to the guest; absent if it
 *     needs none
 */
public record ExecutionRequest(
        ExecutionSpec spec,
        StartOptions startOptions,
        @Nullable Duration approvalWithin) {
    private static final int SALT_BYTES = 16;
    private static final SecureRandom RANDOM = new SecureRandom();

    /** Creates a request that needs no approval. */
    public ExecutionRequest(ExecutionSpec spec, StartOptions startOptions) {
        this(spec, startOptions, null);
    }

    /** Returns this request as a run of a saved command with these parameters. */
    public ExecutionRequest savedAs(SavedCommandVersion saved, Map<String, String> parameters) {
        return new ExecutionRequest(spec.savedAs(saved), startOptions.withParameters(parameters), approvalWithin);
    }

    /** Returns this request with its SSH session; absent if it does not come over SSH. */
    public ExecutionRequest over(@Nullable LoginSession login) {
        return new ExecutionRequest(spec, startOptions.withLogin(login), approvalWithin);
    }

    /** Returns this request with a deadline for approval and a new salt for its digest. */
    public ExecutionRequest withApprovalWithin(Duration longest) {
        byte[] salt = new byte[SALT_BYTES];
        RANDOM.nextBytes(salt);
        return new ExecutionRequest(spec, startOptions.withSalt(HexFormat.of().formatHex(salt)), longest);
    }
}
