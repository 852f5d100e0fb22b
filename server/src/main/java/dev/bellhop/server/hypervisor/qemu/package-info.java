// SPDX-License-Identifier: Apache-2.0
/** VMs found by their QEMU sockets, with no management layer in between. */
@NullMarked
package dev.bellhop.server.hypervisor.qemu;

import org.jspecify.annotations.NullMarked;
