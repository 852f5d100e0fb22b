// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.connection;

import dev.bellhop.server.tls.TlsIdentity;
import dev.bellhop.server.tls.TlsWatch;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/** TLS settings for Jetty: protocols, ciphers and the certificate. New connections use a new certificate. */
public final class TlsConnections {
    private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};

    /** Ciphers with forward secrecy and authenticated encryption. */
    private static final String[] CIPHERS = {
        "TLS_AES_256_GCM_SHA384",
        "TLS_AES_128_GCM_SHA256",
        "TLS_CHACHA20_POLY1305_SHA256",
        "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
        "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"
    };

    /** Sessions kept for clients that cannot keep them themselves, which TLS 1.3 clients can. */
    private static final int MAX_SESSIONS = 1_000;

    private TlsConnections() {}

    /** Makes TLS connections that carry this protocol. */
    public static SslConnectionFactory speaking(String protocol, TlsWatch watch) {
        SslContextFactory.Server context = new SslContextFactory.Server();
        context.setIncludeProtocols(PROTOCOLS);
        context.setIncludeCipherSuites(CIPHERS);
        // All of them are safe, and the client knows which cipher is fast for it.
        context.setUseCipherSuitesOrder(false);
        context.setRenegotiationAllowed(false);
        context.setSslSessionCacheSize(MAX_SESSIONS);
        context.setKeyStorePassword(TlsIdentity.STORE_PASSWORD);
        context.setKeyStore(watch.first().keyStore());
        watch.start(fresh -> reload(context, fresh));
        SslConnectionFactory connections = new SslConnectionFactory(context, protocol);
        // This check would refuse requests whose Host the certificate does not name; verifying the name is the client's
        // task.
        connections.setEnsureSecureRequestCustomizer(false);
        return connections;
    }

    private static void reload(SslContextFactory.Server context, TlsIdentity fresh) {
        try {
            context.reload(same -> same.setKeyStore(fresh.keyStore()));
        } catch (Exception e) {
            throw new IllegalStateException("a certificate that belongs to its key can be used", e);
        }
    }
}
