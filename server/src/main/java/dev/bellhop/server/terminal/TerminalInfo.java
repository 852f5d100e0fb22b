// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.terminal;

import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.vm.VmId;
import java.time.Instant;
import java.util.Map;

/**
 * The owner of a terminal.
 *
 * @param keyId the key that opened it
 * @param holder owner of the limits, shared with other keys of the same account
 * @param labels labels of the key
 * @param user user name in the guest
 */
public record TerminalInfo(
        TerminalId id,
        VmId vm,
        Tenant tenant,
        String keyId,
        String holder,
        Map<String, String> labels,
        String user,
        Instant openedAt) {
    public TerminalInfo {
        labels = Map.copyOf(labels);
    }
}
