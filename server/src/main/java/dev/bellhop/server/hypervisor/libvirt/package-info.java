// SPDX-License-Identifier: Apache-2.0
/** VMs of libvirt, reached through its daemon. */
@NullMarked
package dev.bellhop.server.hypervisor.libvirt;

import org.jspecify.annotations.NullMarked;
