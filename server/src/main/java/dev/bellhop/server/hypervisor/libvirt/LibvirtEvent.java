// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.libvirt;

import java.util.UUID;

/** Events from libvirt. */
sealed interface LibvirtEvent {
    /** A domain has changed, appeared or disappeared. */
    record Changed(UUID domain) implements LibvirtEvent {}

    /** A domain was started, at this {@link System#nanoTime}. */
    record Started(UUID domain, long nanoTime) implements LibvirtEvent {}

    /** A domain no longer runs. */
    record Stopped(UUID domain) implements LibvirtEvent {}

    /** The guest has opened or closed the agent's channel. */
    record Agent(UUID domain, boolean open) implements LibvirtEvent {}

    /** Domains without vmids now have them. Not from libvirt. */
    record Numbered() implements LibvirtEvent {}

    record Closed() implements LibvirtEvent {}

    /** The listener has been closed. Not from libvirt. */
    record End() implements LibvirtEvent {}
}
