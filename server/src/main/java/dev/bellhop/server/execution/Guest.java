// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution;

/** What is known of one VM's guest, and the one way to its agent. Thread safe. */
final class Guest {
    private final GuestProcesses processes = new GuestProcesses();

    GuestProcesses processes() {
        return processes;
    }
}
