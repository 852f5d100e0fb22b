// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.sshkey;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The options of a certificate, interpreted like in sshd.
 *
 * @param forcedCommand runs instead of any requested command, as any bytes; absent for no such command
 * @param sources the addresses or networks that it can be used from; absent for anywhere
 * @param terminals whether it can open terminals
 * @param forwarding whether it can forward ports
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
public record CertificateTerms(
        byte @Nullable [] forcedCommand, @Nullable List<String> sources, boolean terminals, boolean forwarding) {
    private static final String FORCED_COMMAND = "force-command";
    private static final String SOURCES = "source-address";
    private static final Set<String> KNOWN = Set.of(FORCED_COMMAND, SOURCES);

    /**
     * Reads a certificate's options. Empty if an option is malformed, or if a critical option is not supported here.
     */
    public static Optional<CertificateTerms> of(Certificate certificate) {
        Map<String, byte[]> critical = certificate.criticalOptions();
        if (!KNOWN.containsAll(critical.keySet())) {
            return Optional.empty();
        }
        try {
            byte[] command = value(critical.get(FORCED_COMMAND));
            byte[] sources = value(critical.get(SOURCES));
            return Optional.of(new CertificateTerms(
                    command,
                    sources == null ? null : List.of(new String(sources, StandardCharsets.ISO_8859_1).split(",", -1)),
                    certificate.extensions().containsKey("permit-pty"),
                    certificate.extensions().containsKey("permit-port-forwarding")));
        } catch (MalformedException e) {
            return Optional.empty();
        }
    }

    /** Returns the single string inside an option's data; rejects an empty string. */
    private static byte @Nullable [] value(byte @Nullable [] data) throws MalformedException {
        if (data == null) {
            return null;
        }
        WireReader in = new WireReader(data);
        byte[] value = in.bytes();
        in.end();
        if (value.length == 0) {
            throw new MalformedException();
        }
        return value;
    }
}
