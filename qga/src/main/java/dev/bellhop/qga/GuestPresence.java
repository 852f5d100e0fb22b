// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga;

/**
 * Tells from the hypervisor whether a virtual machine's guest can do anything at all. A paused guest accepts requests and
 * answers once it goes on, so from the agent alone it looks like a slow one. Thread safe.
 */
@FunctionalInterface
public interface GuestPresence {
    /** For where nobody knows. */
    GuestPresence ASSUMED = () -> true;

    /**
     * False if the guest certainly cannot answer now because its machine is paused or off. May take a moment; asked only
     * while an agent keeps its caller waiting, and before the next connection.
     */
    boolean canAnswer();
}
