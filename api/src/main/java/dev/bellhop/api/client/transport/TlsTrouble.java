// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.api.client.transport;

import dev.bellhop.api.client.error.BellhopTransportException;
import dev.bellhop.api.client.error.BellhopTransportException.Kind;
import java.io.EOFException;
import java.io.IOException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.Optional;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;

/** Why TLS did not come about, in words that say what to do. */
final class TlsTrouble {

    private TlsTrouble() {}

    /** Empty where it is not TLS that failed, or only because the connection broke. */
    static Optional<BellhopTransportException> of(IOException e, String server) {
        if (has(e, CertificateExpiredException.class)) {
            return notSecured(e, "Cannot trust " + server + " because its certificate has expired; renew it there");
        }
        if (has(e, CertificateNotYetValidException.class)) {
            return notSecured(
                    e,
                    "Cannot trust " + server + " because its certificate is not valid yet; look at the clocks on both"
                            + " machines");
        }
        if (has(e, CertPathBuilderException.class)) {
            return Optional.of(new BellhopTransportException(
                    Kind.UNKNOWN_AUTHORITY,
                    "Cannot trust " + server
                            + " because its certificate is signed by no authority that is trusted here",
                    e));
        }
        if (says(e, "No subject alternative") || says(e, "No name matching")) {
            return notSecured(
                    e,
                    "Cannot trust " + server + " because its certificate is for another name; use the name that it is"
                            + " for, or have it made for this one too");
        }
        if (has(e, CertificateException.class)) {
            return notSecured(
                    e, "Cannot trust " + server + " because its certificate is not acceptable: " + e.getMessage());
        }
        if (has(e, SSLException.class) && says(e, "recognized SSL message")) {
            return notSecured(
                    e,
                    "Cannot speak TLS with " + server + " because no TLS is spoken there; a server without it has a URL"
                            + " that begins with http://");
        }
        if (has(e, SSLHandshakeException.class) && !has(e, EOFException.class)) {
            return notSecured(e, "Cannot speak TLS with " + server + ": " + e.getMessage());
        }
        return Optional.empty();
    }

    private static Optional<BellhopTransportException> notSecured(IOException e, String message) {
        return Optional.of(new BellhopTransportException(Kind.NOT_SECURED, message, e));
    }

    private static boolean has(Throwable e, Class<? extends Throwable> type) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (type.isInstance(cause)) {
                return true;
            }
        }
        return false;
    }

    /** The JDK has no types for these. */
    private static boolean says(Throwable e, String words) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (String.valueOf(cause.getMessage()).contains(words)) {
                return true;
            }
        }
        return false;
    }
}
