// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.guest;

/** How commands can be run in a guest. */
enum GuestCapabilities {
    SUPERVISED,
    /** By the agent alone, on a system with a POSIX shell or none. */
    DIRECT,
    /** By the agent alone, on Windows. */
    WINDOWS
}
