// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.guest;

import java.util.UUID;

/** What a guest says of a start that may have arrived. */
public sealed interface Settlement {
    /** A supervisor has claimed the execution; its pid is the execution's from now on. */
    record Started(long pid) implements Settlement {}

    /** Its claim is void, so it can never run. */
    record Voided() implements Settlement {}

    /** Nobody has claimed it yet. */
    record NotThere(UUID boot) implements Settlement {}

    /** The guest was restarted since, and nobody can say whether it ran. That it cannot run any more is certain. */
    record Restarted() implements Settlement {}

    /** The guest could not tell this time. */
    record Unknown() implements Settlement {}
}
