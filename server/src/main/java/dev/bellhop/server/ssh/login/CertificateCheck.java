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

/** Whether a certificate is good for a login, as sshd decides it. Who its CA stands for is asked elsewhere. */
final class CertificateCheck {
    private CertificateCheck() {}

    /**
     * What it lets its holder do; empty where it is not good. Whether the CA has signed it is not asked here.
     *
     * @param from absent where that is not known
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

    /** A list with something in it that is no address is worth nothing. */
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
            // No shell takes its command.
            return Optional.empty();
        }
    }
}
