// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.node;

import dev.bellhop.server.cluster.message.Answer;
import java.util.Set;

/** What a node does in guests beside commands. Thread safe. */
public interface GuestWork {
    /** The kinds of order that it knows. */
    Set<String> kinds();

    /**
     * Carries one out.
     *
     * @param kind one of {@link #kinds}
     * @param payload a {@link dev.bellhop.server.cluster.message.NodeOrder.InGuest}, encoded
     */
    Answer carryOut(String kind, byte[] payload);
}
