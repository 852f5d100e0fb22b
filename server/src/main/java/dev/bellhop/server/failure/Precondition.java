// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.failure;

import org.jspecify.annotations.Nullable;

/**
 * A condition of a change on the present state. The owner of the state checks it where no other change can happen between the check and the
 * write: otherwise an update could be lost.
 */
@FunctionalInterface
public interface Precondition<T> {
    /**
     * Checks the condition.
     *
     * @param present absent if the thing does not exist yet
     * @throws BellhopException {@code PRECONDITION_FAILED}
     */
    void require(@Nullable T present);

    /** Checks another condition after this one. */
    default Precondition<T> and(Precondition<T> next) {
        return present -> {
            require(present);
            next.require(present);
        };
    }

    /** Accepts every state. */
    static <T> Precondition<T> none() {
        return present -> {};
    }
}
