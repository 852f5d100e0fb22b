// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.connection;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.jspecify.annotations.Nullable;

/** Accepts the connections that {@link Connections} admits, before they use resources. */
public final class LimitedConnector extends ServerConnector {
    /** Connections that can wait for the acceptor when many arrive together. */
    private static final int ACCEPT_QUEUE = 1024;

    private final Connections connections;

    /** One acceptor and one selector are enough: they do little more than hand over to virtual threads. */
    public LimitedConnector(Server server, Connections connections, ConnectionFactory... protocols) {
        super(server, 1, 1, protocols);
        this.connections = connections;
        setAcceptQueueSize(ACCEPT_QUEUE);
        addBean(connections);
    }

    @Override
    public void accept(int acceptor) throws IOException {
        if (!(getTransport() instanceof ServerSocketChannel listening) || !listening.isOpen()) {
            return;
        }
        SocketChannel channel = listening.accept();
        try {
            if (!connections.admit(channel, remote(channel))) {
                channel.close();
                return;
            }
            channel.configureBlocking(false);
            configure(channel.socket());
            getSelectorManager().accept(channel);
        } catch (IOException | RuntimeException e) {
            connections.onAcceptFailed(channel, e);
            channel.close();
            throw e;
        }
    }

    private static @Nullable InetAddress remote(SocketChannel channel) throws IOException {
        return channel.getRemoteAddress() instanceof InetSocketAddress remote ? remote.getAddress() : null;
    }

    @Override
    protected void onEndPointOpened(EndPoint endPoint) {
        super.onEndPointOpened(endPoint);
        connections.opened(endPoint);
    }

    @Override
    protected void onEndPointClosed(EndPoint endPoint) {
        connections.closed(endPoint);
        super.onEndPointClosed(endPoint);
    }
}
