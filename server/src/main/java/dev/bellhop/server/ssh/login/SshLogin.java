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
 * Who has logged in, and where to.
 *
 * @param guestUser who it is in the guest; absent for the usual one
 * @param from absent where that is not known
 * @param terms what it may do at most, beside what the key may
 * @param stillGood whether it would be let in now, too; asked often
 */
public record SshLogin(
        Key key,
        VmId vm,
        @Nullable String guestUser,
        @Nullable InetAddress from,
        LoginTerms terms,
        BooleanSupplier stillGood) {
    private static final AttributeKey<SshLogin> ATTRIBUTE = new AttributeKey<>();

    /** Of a session that has logged in. */
    public static SshLogin of(Session session) {
        SshLogin login = session.getAttribute(ATTRIBUTE);
        if (login == null) {
            throw new IllegalStateException("nobody has logged in");
        }
        return login;
    }

    /** Absent before anybody has logged in. */
    public static @Nullable SshLogin find(Session session) {
        return session.isAuthenticated() ? session.getAttribute(ATTRIBUTE) : null;
    }

    /** Somebody is let in. */
    static void set(Session session, SshLogin login) {
        session.setAttribute(ATTRIBUTE, login);
    }

    /** Where a client comes from; absent where that is not known. */
    public static @Nullable InetAddress address(Session session) {
        return session.getRemoteAddress() instanceof InetSocketAddress socket ? socket.getAddress() : null;
    }

    /** Whether it goes on: also where that cannot be told now, which whoever asks for more is told. */
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

    /** Absent where that is not known. */
    @Nullable
    String fromText() {
        return from == null ? null : from.getHostAddress();
    }
}
