// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a caller wants to have run.
 *
 * @param approvalWithin how long it waits for approval, and nothing is asked of its guest; absent where it needs none
 */
public record ExecutionRequest(
        ExecutionSpec spec,
        StartOptions startOptions,
        @Nullable Duration approvalWithin) {
    private static final int SALT_BYTES = 16;
    private static final SecureRandom RANDOM = new SecureRandom();

    /** One that needs no approval. */
    public ExecutionRequest(ExecutionSpec spec, StartOptions startOptions) {
        this(spec, startOptions, null);
    }

    /** The same, as what a saved command says with these parameters. */
    public ExecutionRequest savedAs(SavedCommandVersion saved, Map<String, String> parameters) {
        return new ExecutionRequest(spec.savedAs(saved), startOptions.withParameters(parameters), approvalWithin);
    }

    /** The same over SSH; absent where it comes in another way. */
    public ExecutionRequest over(@Nullable LoginSession login) {
        return new ExecutionRequest(spec, startOptions.withLogin(login), approvalWithin);
    }

    /** The same, to be approved within so long. */
    public ExecutionRequest withApprovalWithin(Duration longest) {
        byte[] salt = new byte[SALT_BYTES];
        RANDOM.nextBytes(salt);
        return new ExecutionRequest(spec, startOptions.withSalt(HexFormat.of().formatHex(salt)), longest);
    }
}
