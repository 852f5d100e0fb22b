// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.login;

import dev.bellhop.server.access.Key;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.service.Caller;
import dev.bellhop.server.vm.VmId;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.apache.sshd.common.AttributeRepository.AttributeKey;
import org.apache.sshd.common.session.Session;
import org.jspecify.annotations.Nullable;

/**
 * A login: its API key and its VM.
 *
 * @param guestUser the user in the guest; absent for the default
 * @param from absent if unknown
 * @param terms limits in addition to the key's own
 * @param stillGood whether the login would still be accepted now; called often
 */
public record SshLogin(
        Key key,
        VmId vm,
        @Nullable String guestUser,
        @Nullable InetAddress from,
        LoginTerms terms,
        BooleanSupplier stillGood) {
    private static final AttributeKey<SshLogin> ATTRIBUTE = new AttributeKey<>();

    /** Returns the login of a session; throws if there is none. */
    public static SshLogin of(Session session) {
        SshLogin login = session.getAttribute(ATTRIBUTE);
        if (login == null) {
            throw new IllegalStateException("nobody has logged in");
        }
        return login;
    }

    /** Returns the login of a session; absent before the login. */
    public static @Nullable SshLogin find(Session session) {
        return session.isAuthenticated() ? session.getAttribute(ATTRIBUTE) : null;
    }

    /** Sets the login of a session. */
    static void set(Session session, SshLogin login) {
        session.setAttribute(ATTRIBUTE, login);
    }

    /** Returns the client's address; absent if unknown. */
    public static @Nullable InetAddress address(Session session) {
        return session.getRemoteAddress() instanceof InetSocketAddress socket ? socket.getAddress() : null;
    }

    /**
     * Checks if the session can continue. If the store cannot be read now, it can; requests that need the store fail by
     * themselves.
     */
    public boolean isStillGood() {
        try {
            return stillGood.getAsBoolean();
        } catch (BellhopException e) {
            // The store cannot be read now.
            return true;
        }
    }

    /** Makes the caller of one request. */
    public Caller caller() {
        return new Caller(key, UUID.randomUUID().toString(), fromText(), Caller.SSH, terms.audited());
    }

    /** Returns the client's address; absent if unknown. */
    @Nullable
    String fromText() {
        return from == null ? null : from.getHostAddress();
    }
}
