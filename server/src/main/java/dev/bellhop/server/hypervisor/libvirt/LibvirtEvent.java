// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.libvirt;

import java.util.UUID;

/** What libvirt tells unasked. */
sealed interface LibvirtEvent {
    /** Something is different about a domain, or it has come or gone. */
    record Changed(UUID domain) implements LibvirtEvent {}

    /** A domain has been started, when {@link System#nanoTime} was this. */
    record Started(UUID domain, long nanoTime) implements LibvirtEvent {}

    /** A domain does not run any more. */
    record Stopped(UUID domain) implements LibvirtEvent {}

    /** The guest has opened or closed the agent's channel. */
    record Agent(UUID domain, boolean open) implements LibvirtEvent {}

    /** There are vmids for domains that had none. Not libvirt's. */
    record Numbered() implements LibvirtEvent {}

    record Closed() implements LibvirtEvent {}

    /** Nobody is interested any more. Not libvirt's. */
    record End() implements LibvirtEvent {}
}
