// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.terminal;

import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.vm.VmId;
import java.time.Instant;
import java.util.Map;

/**
 * Whose a terminal is.
 *
 * @param keyId who has opened it
 * @param holder with whom that key shares what is bounded
 * @param labels those of the key
 * @param user who it is in the guest
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
