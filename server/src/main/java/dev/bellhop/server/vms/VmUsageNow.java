// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.vms;

import dev.bellhop.server.vm.VmState;
import dev.bellhop.server.vm.VmUsage;

/** What a VM is doing, and what it uses for that. */
public record VmUsageNow(VmState state, VmUsage usage) {}
