// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.v2.admin;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What policy says of a command, without its being run.
 *
 * @param decision {@code allowed}, {@code refused} or {@code needs_approval}
 * @param policy whose policy says so, {@code account} or {@code key}; absent where it is allowed
 * @param rule the name of the rule that refuses; absent where none does
 */
public record PolicyDecision(
        String decision, @Nullable String policy, @Nullable String rule) {

    public static final String ALLOWED = "allowed";
    public static final String REFUSED = "refused";
    public static final String NEEDS_APPROVAL = "needs_approval";

    public PolicyDecision {
        Objects.requireNonNull(decision, "decision");
    }
}
