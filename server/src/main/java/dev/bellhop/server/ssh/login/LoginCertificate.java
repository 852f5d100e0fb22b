// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.login;

import dev.bellhop.server.sshkey.Certificate;
import dev.bellhop.server.sshkey.PublicKey;

/**
 * The certificate of a login, in a form for logs, labels and the audit trail: several people can have certificates for
 * one API key.
 *
 * @param id the id from the CA, truncated and reduced to plain characters without blanks, to prevent it from imitating
 *     other fields
 * @param serial in decimal digits
 * @param authority the fingerprint of the CA's key
 */
public record LoginCertificate(String id, String serial, String authority) {
    private static final int MAX_ID = 100;

    static LoginCertificate of(Certificate certificate) {
        String printable = certificate.id().replaceAll("[^A-Za-z0-9._@+:/-]", "?");
        return new LoginCertificate(
                printable.substring(0, Math.min(printable.length(), MAX_ID)),
                Long.toUnsignedString(certificate.serial()),
                PublicKey.fingerprint(certificate.authority()));
    }

    /** Formats it for the audit trail, which has a limit of 200 characters. */
    @Override
    public String toString() {
        return (id.isEmpty() ? "-" : id) + " serial " + serial + " of CA " + authority;
    }
}
