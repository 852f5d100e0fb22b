// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.login;

import dev.bellhop.server.guest.question.Question;
import dev.bellhop.server.guest.question.QuestionKind;
import dev.bellhop.server.guest.question.QuestionKind.Done;
import dev.bellhop.server.sshkey.PublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Questions about the users of a guest who can log in. Users are names as {@link dev.bellhop.server.execution.GuestText#isUser} has them. All
 * fail like {@link dev.bellhop.server.guest.AgentCalls#change}, and with {@code GUEST_REFUSED} if the guest has no such user or the file with
 * the user's keys cannot be read.
 */
public final class LoginQuestions {
    private static final Duration LONGEST = Duration.ofSeconds(60);

    private LoginQuestions() {}

    /** Sets the password of a user; {@code GUEST_REFUSED} also if the guest does not accept it. */
    public record SetPassword(String user, String password, boolean crypted) implements Question<Done> {
        static final QuestionKind<SetPassword, Done> KIND = QuestionKind.change(
                "set-password", SetPassword.class, Done.class, "Cannot set the password of a user", LONGEST);

        public SetPassword(String user, NewPassword password) {
            this(user, password.text(), password.crypted());
        }

        NewPassword newPassword() {
            return new NewPassword(password, crypted);
        }

        @Override
        public QuestionKind<SetPassword, Done> kind() {
            return KIND;
        }

        @Override
        public String toString() {
            return "SetPassword[crypted=" + crypted + "]";
        }
    }

    /** Lists the SSH keys that the guest accepts for a user. */
    public record ListKeys(String user) implements Question<AuthorizedKeys> {
        static final QuestionKind<ListKeys, AuthorizedKeys> KIND = QuestionKind.look(
                "keys", ListKeys.class, AuthorizedKeys.class, "Cannot list the SSH keys of a user", LONGEST);

        @Override
        public QuestionKind<ListKeys, AuthorizedKeys> kind() {
            return KIND;
        }
    }

    /**
     * Adds an SSH key and reads it back. A key that is there is not added twice, but can get another expiry. {@code NOT_SUPPORTED} if the
     * guest's OpenSSH ignores the expiry.
     *
     * @param expiresAt in whole seconds; absent for never
     */
    public record AddKey(
            String user, PublicKey key, @Nullable Instant expiresAt) implements Question<AuthorizedKey> {
        static final QuestionKind<AddKey, AuthorizedKey> KIND = QuestionKind.change(
                "add-key", AddKey.class, AuthorizedKey.class, "Cannot add an SSH key of a user", LONGEST);

        public AddKey {
            Objects.requireNonNull(user, "user");
            Objects.requireNonNull(key, "key");
        }

        @Override
        public QuestionKind<AddKey, AuthorizedKey> kind() {
            return KIND;
        }
    }

    /** Removes an SSH key and checks that it is gone. */
    public record RemoveKey(String user, String fingerprint) implements Question<RemovedKey> {
        static final QuestionKind<RemoveKey, RemovedKey> KIND = QuestionKind.change(
                "remove-key", RemoveKey.class, RemovedKey.class, "Cannot remove an SSH key of a user", LONGEST);

        @Override
        public QuestionKind<RemoveKey, RemovedKey> kind() {
            return KIND;
        }
    }

    /**
     * The result of a removal.
     *
     * @param was whether the user had such a key
     */
    public record RemovedKey(boolean was) {}
}
