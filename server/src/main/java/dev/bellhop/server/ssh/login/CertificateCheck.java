// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.login;

import dev.bellhop.server.access.AddressRange;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.sshkey.Certificate;
import dev.bellhop.server.sshkey.CertificateTerms;
import java.net.InetAddress;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Checks if a certificate is good for a login, with sshd's rules. It does not look up the CA's API key. */
final class CertificateCheck {
    private CertificateCheck() {}

    /**
     * Returns the certificate's limits for its holder; empty if the certificate is not valid. Does not check the CA's
     * signature.
     *
     * @param from absent if unknown
     */
    static Optional<LoginTerms> check(Certificate certificate, Instant now, @Nullable InetAddress from) {
        if (!certificate.isForUser()
                || certificate.principals().isEmpty()
                || !certificate.isValidAt(now.getEpochSecond())) {
            return Optional.empty();
        }
        return CertificateTerms.of(certificate)
                .filter(terms -> terms.sources() == null || isFromOneOf(terms.sources(), from))
                .flatMap(terms -> terms(certificate, terms));
    }

    /** Rejects a list if any part of it is not an address. */
    private static boolean isFromOneOf(List<String> sources, @Nullable InetAddress from) {
        List<Optional<AddressRange>> ranges =
                sources.stream().map(AddressRange::parseAny).toList();
        return from != null
                && ranges.stream().allMatch(Optional::isPresent)
                && ranges.stream().anyMatch(range -> range.orElseThrow().contains(from));
    }

    private static Optional<LoginTerms> terms(Certificate certificate, CertificateTerms terms) {
        try {
            return Optional.of(new LoginTerms(
                    LoginCertificate.of(certificate),
                    terms.forcedCommand() == null ? null : CommandText.of(terms.forcedCommand()),
                    terms.terminals(),
                    terms.forwarding(),
                    false));
        } catch (BellhopException e) {
            // No shell accepts the certificate's command.
            return Optional.empty();
        }
    }
}
