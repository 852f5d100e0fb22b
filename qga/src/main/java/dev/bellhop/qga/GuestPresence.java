// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga;

/**
 * Knows of a virtual machine, from its hypervisor, whether its guest can do anything at all. One that is paused takes in what
 * it is sent and answers when it goes on, so that an agent alone cannot tell it from one that is slow. Thread safe.
 */
@FunctionalInterface
public interface GuestPresence {
    /** For where nobody knows. */
    GuestPresence ASSUMED = () -> true;

    /**
     * False where the guest certainly cannot answer now, as its machine is paused or off. It may take a moment, and is asked
     * seldom: only where an agent keeps its caller waiting, and before it is connected to after that.
     */
    boolean canAnswer();
}
