// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import java.io.IOException;
import java.util.List;
import org.apache.sshd.common.AttributeRepository.AttributeKey;
import org.apache.sshd.common.Service;
import org.apache.sshd.common.ServiceFactory;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.server.session.ServerUserAuthServiceFactory;
import org.jspecify.annotations.Nullable;

/**
 * The two services of SSH, each only once per session. A client may ask for a service again, and the library would
 * create it again: the counter of login tries would restart, and the open channels would be forgotten. Such a client is
 * disconnected.
 */
record OnceServices(ServiceFactory services, AttributeKey<Boolean> made) implements ServiceFactory {
    static List<ServiceFactory> all(Sessions sessions) {
        return List.of(
                new OnceServices(ServerUserAuthServiceFactory.INSTANCE, new AttributeKey<>()),
                new OnceServices(new ChannelRoom(sessions), new AttributeKey<>()));
    }

    @Override
    public String getName() {
        return services.getName();
    }

    /** Returns null if the session already has the service: then the library disconnects. */
    @Override
    public @Nullable Service create(Session session) throws IOException {
        return session.setAttribute(made, true) == null ? services.create(session) : null;
    }
}
