// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.guest;

import dev.bellhop.server.cluster.WireFormatException;
import dev.bellhop.server.login.AuthorizedKey;
import dev.bellhop.server.login.AuthorizedKeys;
import dev.bellhop.server.login.Logins;
import dev.bellhop.server.login.NewPassword;
import dev.bellhop.server.sshkey.PublicKey;
import dev.bellhop.server.vm.VmId;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Who may log in to guests. */
public final class LoginOrders {
    private static final Duration LONGEST = Duration.ofSeconds(60);

    static final GuestOrder<SetPassword, GuestOrder.Done> SET_PASSWORD = GuestOrder.change(
            "set-password", SetPassword.class, GuestOrder.Done.class, "Cannot set the password of a user", LONGEST);
    static final GuestOrder<OfUser, Keys> KEYS =
            GuestOrder.look("keys", OfUser.class, Keys.class, "Cannot list the SSH keys of a user", LONGEST);
    static final GuestOrder<AddKey, AuthorizedKey> ADD_KEY =
            GuestOrder.change("add-key", AddKey.class, AuthorizedKey.class, "Cannot add an SSH key of a user", LONGEST);
    static final GuestOrder<RemoveKey, Removed> REMOVE_KEY = GuestOrder.change(
            "remove-key", RemoveKey.class, Removed.class, "Cannot remove an SSH key of a user", LONGEST);

    private LoginOrders() {}

    /** As {@link NewPassword}. */
    record SetPassword(String user, String password, boolean crypted) {
        @Override
        public String toString() {
            return "SetPassword[crypted=" + crypted + "]";
        }
    }

    record OfUser(String user) {}

    /** As {@link AuthorizedKeys}. */
    record Keys(List<AuthorizedKey> keys, boolean cut) {
        private static Keys of(AuthorizedKeys all) {
            List<AuthorizedKey> fitting = Fitting.first(all.keys(), Keys::length);
            return new Keys(fitting, all.cut() || fitting.size() < all.keys().size());
        }

        private static int length(AuthorizedKey key) {
            String comment = key.comment();
            return Fitting.length(key.fingerprint())
                    + Fitting.length(key.type())
                    + (comment == null ? 0 : Fitting.length(comment));
        }
    }

    /** @param key in one line, as {@link PublicKey#parse} takes it */
    record AddKey(String user, String key, @Nullable Instant expiresAt) {}

    record RemoveKey(String user, String fingerprint) {}

    record Removed(boolean was) {}

    /** Those of the VMs of all nodes. */
    public static Logins remote(GuestCalls calls) {
        return new Remote(calls);
    }

    private record Remote(GuestCalls calls) implements Logins {
        @Override
        public void setPassword(VmId vm, String user, NewPassword password) {
            calls.tell(vm, SET_PASSWORD, new SetPassword(user, password.text(), password.crypted()));
        }

        @Override
        public AuthorizedKeys keys(VmId vm, String user) {
            return calls.ask(vm, KEYS, new OfUser(user), found -> new AuthorizedKeys(found.keys, found.cut));
        }

        @Override
        public AuthorizedKey addKey(VmId vm, String user, PublicKey key, @Nullable Instant expiresAt) {
            return calls.ask(vm, ADD_KEY, new AddKey(user, key.line(), expiresAt));
        }

        @Override
        public boolean removeKey(VmId vm, String user, String fingerprint) {
            return calls.ask(vm, REMOVE_KEY, new RemoveKey(user, fingerprint)).was();
        }
    }

    static void serve(GuestOrderTable node, Logins logins) {
        node.put(SET_PASSWORD, (vm, question, longest) -> {
            logins.setPassword(vm, question.user, new NewPassword(question.password, question.crypted));
            return new GuestOrder.Done();
        });
        node.put(KEYS, (vm, question, longest) -> Keys.of(logins.keys(vm, question.user)));
        node.put(
                ADD_KEY,
                (vm, question, longest) -> logins.addKey(
                        vm,
                        question.user,
                        PublicKey.parse(question.key).orElseThrow(() -> new WireFormatException(AddKey.class, "key")),
                        question.expiresAt));
        node.put(
                REMOVE_KEY,
                (vm, question, longest) -> new Removed(logins.removeKey(vm, question.user, question.fingerprint)));
    }
}
