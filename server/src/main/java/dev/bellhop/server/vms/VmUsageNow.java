// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.vms;

import dev.bellhop.server.vm.VmState;
import dev.bellhop.server.vm.VmUsage;

/** The state of a VM, and its resource use. */
public record VmUsageNow(VmState state, VmUsage usage) {}
