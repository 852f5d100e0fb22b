// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.recording;

import dev.bellhop.server.tenant.Tenant;
import dev.bellhop.server.terminal.TerminalId;
import dev.bellhop.server.vm.VmId;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Metadata of a terminal's recording, which has the id of the terminal.
 *
 * @param tenant owner of the key that opened the terminal
 * @param labels labels of that key
 * @param input whether it contains the terminal's input
 * @param bytes stored bytes, as asciicast
 * @param end absent while the recording is in progress
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
     * The end of a recording.
     *
     * @param complete false if something is missing: the recording was too long, could not be stored for a while, or
     *     the server ended
     * @param sha256 hash of the whole unmasked recording: 64 hexadecimal digits
     */
    public record End(Instant at, boolean complete, String sha256) {}

    public Recording ended(long ofBytes, End newEnd) {
        return new Recording(id, vm, tenant, keyId, labels, input, startedAt, ofBytes, newEnd);
    }
}
