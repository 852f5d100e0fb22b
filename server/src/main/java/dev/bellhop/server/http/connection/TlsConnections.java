// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.connection;

import dev.bellhop.server.tls.TlsIdentity;
import dev.bellhop.server.tls.TlsWatch;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/** TLS for Jetty: what is spoken, and with which certificate. A new certificate is for new connections. */
public final class TlsConnections {
    private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};

    /** Those that keep what was sent secret when the key becomes known later, and that authenticate what they encrypt. */
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

    /** That are kept for clients which cannot keep them themselves, as those of TLS 1.3 do. */
    private static final int MAX_SESSIONS = 1_000;

    private TlsConnections() {}

    /** Connections in which this protocol is spoken. */
    public static SslConnectionFactory speaking(String protocol, TlsWatch watch) {
        SslContextFactory.Server context = new SslContextFactory.Server();
        context.setIncludeProtocols(PROTOCOLS);
        context.setIncludeCipherSuites(CIPHERS);
        // All of them are good, and a client knows which one is quick for it.
        context.setUseCipherSuitesOrder(false);
        context.setRenegotiationAllowed(false);
        context.setSslSessionCacheSize(MAX_SESSIONS);
        context.setKeyStorePassword(TlsIdentity.STORE_PASSWORD);
        context.setKeyStore(watch.first().keyStore());
        watch.start(fresh -> reload(context, fresh));
        SslConnectionFactory connections = new SslConnectionFactory(context, protocol);
        // It would refuse requests whose Host the certificate does not name; it is the client who has to be sure of
        // that.
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
