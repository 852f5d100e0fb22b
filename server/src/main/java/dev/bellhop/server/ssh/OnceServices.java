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
 * The two services of SSH, each once in a session. A client may ask for one again, and the library makes it anew: then the tries to log in
 * were counted from the beginning, and the channels that are open forgotten. Such a client is cut off.
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

    /** Absent where the session has had it: the library disconnects then. */
    @Override
    public @Nullable Service create(Session session) throws IOException {
        return session.setAttribute(made, true) == null ? services.create(session) : null;
    }
}
