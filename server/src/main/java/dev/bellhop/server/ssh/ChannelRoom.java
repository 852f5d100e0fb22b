// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import java.io.IOException;
import org.apache.sshd.common.Service;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.SshException;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.server.session.AbstractServerSession;
import org.apache.sshd.server.session.ServerConnectionService;
import org.apache.sshd.server.session.ServerConnectionServiceFactory;

/**
 * Makes connection services that refuse one channel too many like sshd, with a reason. The library itself would end the
 * connection and all channels in it, or report an unknown channel type.
 */
final class ChannelRoom extends ServerConnectionServiceFactory {
    private static final String FULL =
            "Cannot open one more command, shell, transfer or forwarded connection here because as many are open in this"
                    + " connection as may be (ssh.channelsPerSession); end one, or open another connection";

    private final Sessions sessions;

    ChannelRoom(Sessions sessions) {
        this.sessions = sessions;
    }

    @Override
    public Service create(Session session) throws IOException {
        return new Connection((AbstractServerSession) session, sessions);
    }

    private static final class Connection extends ServerConnectionService {
        private final Sessions sessions;

        Connection(AbstractServerSession session, Sessions sessions) throws SshException {
            super(session);
            this.sessions = sessions;
        }

        @Override
        protected void channelOpen(Buffer buffer) throws Exception {
            if (sessions.hasRoom(getSession())) {
                super.channelOpen(buffer);
                return;
            }
            buffer.getString();
            sendChannelOpenFailure(buffer, buffer.getUInt(), SshConstants.SSH_OPEN_CONNECT_FAILED, FULL, "");
        }
    }
}
