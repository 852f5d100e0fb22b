// SPDX-License-Identifier: Apache-2.0
/** Where VMs and their guest agents come from. */
@NullMarked
package dev.bellhop.server.hypervisor;

import org.jspecify.annotations.NullMarked;
