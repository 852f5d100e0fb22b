// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service.vm;

import dev.bellhop.api.Timestamps;
import dev.bellhop.server.execution.GuestText;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.FieldFaults;
import dev.bellhop.server.guest.question.Guests;
import dev.bellhop.server.login.AuthorizedKey;
import dev.bellhop.server.login.AuthorizedKeys;
import dev.bellhop.server.login.LoginQuestions.AddKey;
import dev.bellhop.server.login.LoginQuestions.ListKeys;
import dev.bellhop.server.login.LoginQuestions.RemoveKey;
import dev.bellhop.server.login.LoginQuestions.SetPassword;
import dev.bellhop.server.login.NewPassword;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.VisibleVm;
import dev.bellhop.server.sshkey.PublicKey;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Manages passwords and SSH keys of users in guests. Thread safe. */
public final class GuestUsers {
    private static final String USER = "The name of a user, 1 to 64 of A-Z a-z 0-9 _ . -, with A-Z a-z _ at first";
    private static final String KEY =
            "A public key as a file .pub has it, in one line and without options: ssh-ed25519,"
                    + " ssh-rsa of 2048 bits or more, ecdsa-sha2-nistp*, sk-*; its comment at most 200 printable characters";
    private static final Pattern FINGERPRINT = Pattern.compile("SHA256:[A-Za-z0-9+/]{43}");

    private final Guests guests;
    private final Clock clock;

    public GuestUsers(Guests guests, Clock clock) {
        this.guests = guests;
        this.clock = clock;
    }

    /** Sets a user's password. Throws {@code INVALID_FIELD}, or like {@link SetPassword}. */
    public void setPassword(VisibleVm vm, String user, NewPassword password) {
        vm.callerOf(UseCase.GUEST_PASSWORD_SET);
        FieldFaults faults = new FieldFaults();
        faults.malformedUnless(GuestText.isUser(user), "/user", USER);
        faults.malformedUnless(
                password.isUsable(),
                "/password",
                password.crypted()
                        ? "What crypt(3) makes of a password, with the sign of its method in front, such as $y$"
                        : "A password of 1 to " + NewPassword.MAX_LENGTH + " characters, without control characters");
        faults.throwIfAny("Cannot set this password because some of the fields are not valid");
        vm.permit().note().about(user);
        guests.ask(vm.id(), new SetPassword(user, password));
    }

    /** Lists a user's SSH keys. Throws {@code INVALID_FIELD}, or like {@link ListKeys}. */
    public AuthorizedKeys keys(VisibleVm vm, String user) {
        vm.callerOf(UseCase.GUEST_KEY_LIST);
        FieldFaults faults = new FieldFaults();
        faults.malformedUnless(GuestText.isUser(user), "user", USER);
        faults.throwIfAny("Cannot list the keys of this user");
        return guests.ask(vm.id(), new ListKeys(user));
    }

    /**
     * Adds an SSH key, and reads it back before it returns. Throws {@code INVALID_FIELD}, or like {@link AddKey}.
     *
     * @param key a line of a .pub file
     * @param expiresAt in ISO 8601; absent for never
     */
    public AuthorizedKey addKey(VisibleVm vm, String user, String key, @Nullable String expiresAt) {
        vm.callerOf(UseCase.GUEST_KEY_ADD);
        FieldFaults faults = new FieldFaults();
        faults.malformedUnless(GuestText.isUser(user), "/user", USER);
        Optional<PublicKey> parsed = PublicKey.parse(key);
        faults.malformedUnless(parsed.isPresent(), "/key", KEY);
        Instant expiry = expiry(expiresAt, faults);
        faults.throwIfAny("Cannot add this key because some of the fields are not valid");
        PublicKey valid = parsed.orElseThrow();
        vm.permit().note().about(user + " " + valid.fingerprint());
        return guests.ask(vm.id(), new AddKey(user, valid, expiry));
    }

    private @Nullable Instant expiry(@Nullable String text, FieldFaults faults) {
        if (text == null) {
            return null;
        }
        Optional<Instant> expiry = Timestamps.parse(text).map(time -> time.truncatedTo(ChronoUnit.SECONDS));
        faults.malformedUnless(expiry.isPresent(), "/expiresAt", "A time such as 2026-01-31T09:30:00Z");
        expiry.ifPresent(
                time -> faults.outOfRangeUnless(time.isAfter(clock.instant()), "/expiresAt", "A time that is to come"));
        return expiry.orElse(null);
    }

    /**
     * Removes an SSH key. Throws {@code NOT_FOUND} if the user has no such key, {@code INVALID_FIELD}, or like
     * {@link RemoveKey}.
     */
    public void removeKey(VisibleVm vm, String user, String fingerprint) {
        vm.callerOf(UseCase.GUEST_KEY_REMOVE);
        FieldFaults faults = new FieldFaults();
        faults.malformedUnless(GuestText.isUser(user), "user", USER);
        faults.malformedUnless(
                FINGERPRINT.matcher(fingerprint).matches(),
                "fingerprint",
                "As ssh-keygen -l prints it, SHA256: and 43 characters; + is sent as %2B");
        faults.throwIfAny("Cannot remove this key because some of the parameters are not valid");
        vm.permit().note().about(user + " " + fingerprint);
        if (!guests.ask(vm.id(), new RemoveKey(user, fingerprint)).was()) {
            throw new BellhopException(
                    ErrorCode.NOT_FOUND, "Cannot find this key among those of the user " + user + " in VM " + vm.id());
        }
    }
}
