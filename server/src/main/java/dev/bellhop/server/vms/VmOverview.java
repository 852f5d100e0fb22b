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
 * @param name what people call it; absent where its hypervisor knows none
 * @param agent absent where nothing has been found out lately
 * @param os what its guest said it runs, some minutes ago at most; absent where it has not
 * @param addresses the first that others can reach; none where the guest has not told
 */
public record VmOverview(
        VmId id,
        @Nullable VmName name,
        VmState state,
        @Nullable AgentCheck agent,
        @Nullable String os,
        List<String> addresses) {}
