// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.sshkey;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a certificate's options say, as sshd reads them.
 *
 * @param forcedCommand what runs whatever is asked for, of any bytes; absent where it may be anything
 * @param sources from where it may be used, each an address or a network; absent for anywhere
 * @param terminals whether it opens terminals
 * @param forwarding whether it forwards ports
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
public record CertificateTerms(
        byte @Nullable [] forcedCommand, @Nullable List<String> sources, boolean terminals, boolean forwarding) {
    private static final String FORCED_COMMAND = "force-command";
    private static final String SOURCES = "source-address";
    private static final Set<String> KNOWN = Set.of(FORCED_COMMAND, SOURCES);

    /** Empty where an option is not of its form, or critical and none that is heeded here. */
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

    /** One string, within the string that an option's data is; never empty. */
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
