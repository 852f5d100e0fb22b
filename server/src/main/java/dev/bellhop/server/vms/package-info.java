// SPDX-License-Identifier: Apache-2.0
/** The interface to VMs, {@link dev.bellhop.server.vms.Vms}, and its implementation in this process. */
@NullMarked
package dev.bellhop.server.vms;

import org.jspecify.annotations.NullMarked;
