// SPDX-License-Identifier: Apache-2.0
/** The sources of VMs and of their guest agents. */
@NullMarked
package dev.bellhop.server.hypervisor;

import org.jspecify.annotations.NullMarked;
