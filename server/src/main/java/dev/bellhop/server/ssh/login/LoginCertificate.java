// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.login;

import dev.bellhop.server.sshkey.Certificate;
import dev.bellhop.server.sshkey.PublicKey;

/**
 * By which certificate somebody has logged in, fit for logs, labels and the audit trail: several people may have certificates for one API
 * key.
 *
 * @param id what the CA has named it, cut and without what is not plain; without blanks, so that it can pass for nothing else
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

    /** For the audit trail, which takes no more than 200 characters. */
    @Override
    public String toString() {
        return (id.isEmpty() ? "-" : id) + " serial " + serial + " of CA " + authority;
    }
}
