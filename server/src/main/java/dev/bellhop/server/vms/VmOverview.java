// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.vms;

import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vm.VmName;
import dev.bellhop.server.vm.VmState;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One VM, as a list shows it.
 *
 * @param name the name that people use; absent if its hypervisor knows none
 * @param agent absent if there is no recent result
 * @param os the guest's OS by its own report, at most some minutes old; absent without a report
 * @param addresses the first that others can reach; empty if the guest has not reported any
 */
public record VmOverview(
        VmId id,
        @Nullable VmName name,
        VmState state,
        @Nullable AgentCheck agent,
        @Nullable String os,
        List<String> addresses) {}
