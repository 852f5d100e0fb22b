// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.guest.question;

import dev.bellhop.server.vm.VmId;

/** The guests of this process, or of all nodes. It knows no callers: first check that the caller sees the VM. Thread safe. */
public interface Guests {
    /**
     * Asks a guest and returns its answer.
     *
     * @throws dev.bellhop.server.failure.BellhopException {@code NOT_FOUND} if there is no such VM, {@code AGENT_UNAVAILABLE} if the agent or
     *     the node does not answer, {@code START_UNCONFIRMED} if the guest may have done it, or as the question says. In a cluster also {@code
     *     NOT_IMPLEMENTED} if the node runs an older version
     */
    <A extends Record> A ask(VmId vm, Question<A> question);
}
