// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.login;

import java.io.IOException;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.common.util.buffer.BufferException;
import org.apache.sshd.server.auth.AbstractUserAuth;
import org.apache.sshd.server.auth.AbstractUserAuthFactory;
import org.apache.sshd.server.auth.UserAuth;
import org.apache.sshd.server.auth.UserAuthFactory;
import org.apache.sshd.server.session.ServerSession;
import org.jspecify.annotations.Nullable;

/**
 * Logs in by an API key that the client asks its user for (keyboard-interactive, RFC 4256). The checks are the same as
 * for a password. Each request gets one question, and counts as one try.
 *
 * <p>This class replaces the library's own, which logs answers at its finest level.
 */
public final class PromptLogin extends AbstractUserAuth {
    private static final String NAME = "keyboard-interactive";

    private static final String INSTRUCTION = "Log in to Bellhop with an API key.";

    /** Programs such as sshpass and JSch answer only a question that contains {@code password:}. */
    private static final String PROMPT = "API key as password: ";

    private final LoginCheck check;

    private PromptLogin(LoginCheck check) {
        super(NAME);
        this.check = check;
    }

    /** Returns a factory that makes an instance for each request. */
    public static UserAuthFactory factory(LoginCheck check) {
        return new AbstractUserAuthFactory(NAME) {
            @Override
            public UserAuth createUserAuth(ServerSession session) {
                return new PromptLogin(check);
            }
        };
    }

    /** Returns null while waiting for the client's answer, as the library requires. */
    @Override
    protected @Nullable Boolean doAuth(Buffer buffer, boolean init) throws IOException {
        if (init) {
            ask(getServerSession());
            return null;
        }
        try {
            return isRight(buffer);
        } catch (BufferException e) {
            return false;
        }
    }

    private static void ask(ServerSession session) throws IOException {
        Buffer question = session.createBuffer(SshConstants.SSH_MSG_USERAUTH_INFO_REQUEST);
        // No title.
        question.putString("");
        question.putString(INSTRUCTION);
        // No language.
        question.putString("");
        question.putInt(1);
        question.putString(PROMPT);
        question.putBoolean(false);
        session.writePacket(question);
    }

    /** Checks the answer. The library also passes other messages to this class. */
    private boolean isRight(Buffer buffer) {
        if (buffer.getUByte() != SshConstants.SSH_MSG_USERAUTH_INFO_RESPONSE || buffer.getInt() != 1) {
            return false;
        }
        String answer = buffer.getString();
        return buffer.available() == 0 && check.authenticate(getUsername(), answer, getServerSession());
    }
}
