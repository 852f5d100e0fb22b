// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.e2e.cluster;

import dev.bellhop.server.cluster.NodeId;
import dev.bellhop.server.cluster.Subjects;
import dev.bellhop.server.cluster.WireCodec;
import dev.bellhop.server.cluster.credentials.NodeFolder;
import dev.bellhop.server.cluster.credentials.UserCredentials;
import dev.bellhop.server.cluster.message.Answer;
import dev.bellhop.server.tls.TrustedAuthorities;
import io.nats.client.AuthHandler;
import io.nats.client.Connection;
import io.nats.client.ErrorListener;
import io.nats.client.Nats;
import io.nats.client.Options;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

/** Whoever has got at the credentials of a node, and speaks to NATS as it likes. */
final class RawNode implements AutoCloseable {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    private final NodeId node;
    private final Connection connection;
    private final Queue<String> refused = new ConcurrentLinkedQueue<>();
    private final Queue<String> heard = new ConcurrentLinkedQueue<>();

    private RawNode(NodeId node, int port, Path folder) throws Exception {
        this.node = node;
        UserCredentials credentials = NodeFolder.read(folder, node);
        this.connection = Nats.connect(new Options.Builder()
                .server("tls://127.0.0.1:" + port)
                .sslContext(TrustedAuthorities.context(folder.resolve("ca.pem")))
                .hostnameResolveMode(Options.HostnameResolveMode.HappyEyeballs)
                .authHandler(new Keys(credentials))
                .inboxPrefix(credentials.inboxPrefix())
                .noReconnect()
                .errorListener(new ErrorListener() {
                    @Override
                    public void errorOccurred(Connection broken, String error) {
                        refused.add(error);
                    }
                })
                .build());
    }

    private record Keys(UserCredentials credentials) implements AuthHandler {
        @Override
        public byte[] sign(byte[] nonce) {
            return credentials.key().sign(nonce);
        }

        @Override
        public char[] getID() {
            return credentials.key().publicKey().toCharArray();
        }

        @Override
        public char[] getJWT() {
            return credentials.jwt().get().toCharArray();
        }
    }

    /** Connects with the credentials of one of a cluster's nodes. */
    static RawNode connect(Cluster cluster, int node) throws Exception {
        return new RawNode(new NodeId("host-" + node), cluster.nats().port(), cluster.credentials(node));
    }

    void subscribe(String subject) {
        connection.createDispatcher(message -> heard.add(message.getSubject())).subscribe(subject);
    }

    void publish(String subject, String replyTo, Record payload) {
        connection.publish(subject, replyTo, WireCodec.encode(payload));
    }

    void publish(String subject) {
        connection.publish(subject, new byte[0]);
    }

    /** Returns once NATS has taken, or refused, all that was sent to it. */
    void flush() throws Exception {
        connection.flush(TIMEOUT);
    }

    /** What an API server answers to this node. */
    Answer ask(String kind, Record request) throws Exception {
        return WireCodec.decode(
                connection
                        .request(Subjects.request(node, kind), WireCodec.encode(request))
                        .get(TIMEOUT.toSeconds(), TimeUnit.SECONDS)
                        .getData(),
                Answer.class);
    }

    /** Subjects of the messages that it was sent. */
    Queue<String> heard() {
        return heard;
    }

    /** What NATS has refused. */
    Queue<String> refused() {
        return refused;
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
