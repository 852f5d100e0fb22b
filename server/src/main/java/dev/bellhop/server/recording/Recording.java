// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.recording;

import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.terminal.TerminalId;
import dev.bellhop.server.vm.VmId;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is known of the recording of a terminal, which has the terminal's id.
 *
 * @param tenant whose key has opened the terminal
 * @param labels those of that key
 * @param input whether what was typed is in it
 * @param bytes that are stored of it, as asciicast
 * @param end absent while it goes on
 */
public record Recording(
        TerminalId id,
        VmId vm,
        Tenant tenant,
        String keyId,
        Map<String, String> labels,
        boolean input,
        Instant startedAt,
        long bytes,
        @Nullable End end) {
    public Recording {
        labels = Map.copyOf(labels);
    }

    /**
     * How it ended.
     *
     * @param complete false where something is missing: it was too long, it could not be stored for a while, or the server ended
     * @param sha256 of all of it as it was recorded, not masked: 64 hexadecimal digits
     */
    public record End(Instant at, boolean complete, String sha256) {}

    public Recording ended(long ofBytes, End newEnd) {
        return new Recording(id, vm, tenant, keyId, labels, input, startedAt, ofBytes, newEnd);
    }
}
