// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.login;

import dev.bellhop.server.ssh.crypto.Signatures;
import java.io.IOException;
import java.util.Optional;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.common.util.buffer.BufferException;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;
import org.apache.sshd.server.auth.AbstractUserAuth;
import org.apache.sshd.server.auth.AbstractUserAuthFactory;
import org.apache.sshd.server.auth.UserAuth;
import org.apache.sshd.server.auth.UserAuthFactory;
import org.apache.sshd.server.session.ServerSession;
import org.jspecify.annotations.Nullable;

/**
 * Logs in by a public key or a certificate (RFC 4252, section 7). A client first asks if a key would be accepted,
 * before its user has to touch a device. As with sshd, the answer says if the key is registered. It does not say which
 * VMs the key sees; the VM is checked once the client has signed.
 *
 * <p>This class replaces the library's own, which parses certificates only partially, and checks permissions before the
 * signature.
 */
public final class PublicKeyLogin extends AbstractUserAuth {
    private static final String NAME = "publickey";

    private final LoginCheck check;

    private PublicKeyLogin(LoginCheck check) {
        super(NAME);
        this.check = check;
    }

    /** Returns a factory that makes an instance for each request. */
    public static UserAuthFactory factory(LoginCheck check) {
        return new AbstractUserAuthFactory(NAME) {
            @Override
            public UserAuth createUserAuth(ServerSession session) {
                return new PublicKeyLogin(check);
            }
        };
    }

    /** Returns null if the client has to continue, as the library requires. */
    @Override
    protected @Nullable Boolean doAuth(Buffer buffer, boolean init) throws IOException {
        if (!init) {
            // After a question, the library passes other messages here instead of a request.
            return false;
        }
        try {
            return answer(buffer);
        } catch (BufferException e) {
            return false;
        }
    }

    private @Nullable Boolean answer(Buffer buffer) throws IOException {
        ServerSession session = getServerSession();
        boolean signed = buffer.getBoolean();
        String algorithm = buffer.getString();
        byte[] blob = buffer.getBytes();
        byte[] signature = signed ? buffer.getBytes() : new byte[0];
        Optional<KeyOffer> offer = KeyOffer.read(algorithm, blob);
        Optional<LoginCheck.Known> known = check.known(offer, session);
        if (known.isEmpty() || buffer.available() > 0) {
            return false;
        }
        if (!signed) {
            ask(session, algorithm, blob);
            return null;
        }
        KeyOffer proved = offer.orElseThrow();
        return Signatures.verify(
                        session, proved.publicKey(), proved.algorithm(), toSign(session, algorithm, blob), signature)
                && check.admit(getUsername(), session, known.get());
    }

    /** Asks the client to sign. */
    private static void ask(ServerSession session, String algorithm, byte[] blob) throws IOException {
        Buffer answer = session.createBuffer(SshConstants.SSH_MSG_USERAUTH_PK_OK);
        answer.putString(algorithm);
        answer.putBytes(blob);
        session.writePacket(answer);
    }

    private byte[] toSign(ServerSession session, String algorithm, byte[] blob) {
        ByteArrayBuffer content = new ByteArrayBuffer();
        content.putBytes(session.getSessionId());
        content.putByte(SshConstants.SSH_MSG_USERAUTH_REQUEST);
        content.putString(getUsername());
        content.putString(getService());
        content.putString(NAME);
        content.putBoolean(true);
        content.putString(algorithm);
        content.putBytes(blob);
        return content.getCompactData();
    }
}
