// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service.vm;

import dev.bellhop.api.Timestamps;
import dev.bellhop.api.v2.guest.AddAuthorizedKey;
import dev.bellhop.api.v2.guest.AuthorizedKeyList;
import dev.bellhop.api.v2.guest.AuthorizedKeyView;
import dev.bellhop.api.v2.guest.SetPassword;
import dev.bellhop.server.execution.GuestText;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.FieldFault;
import dev.bellhop.server.failure.FieldFault.Fault;
import dev.bellhop.server.failure.FieldFaults;
import dev.bellhop.server.guest.question.Guests;
import dev.bellhop.server.guest.question.QuestionKind.Done;
import dev.bellhop.server.login.AuthorizedKey;
import dev.bellhop.server.login.AuthorizedKeys;
import dev.bellhop.server.login.LoginQuestions;
import dev.bellhop.server.login.LoginQuestions.AddKey;
import dev.bellhop.server.login.LoginQuestions.ListKeys;
import dev.bellhop.server.login.LoginQuestions.RemoveKey;
import dev.bellhop.server.login.NewPassword;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.VisibleVm;
import dev.bellhop.server.service.VmUseCase;
import dev.bellhop.server.service.VmUseCase.Created;
import dev.bellhop.server.sshkey.PublicKey;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Manages passwords and SSH keys of users in guests. Thread safe. */
public final class GuestUsers {
    private static final String KEYS = "ssh-keys";
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

    /** The user whose keys to list; root if absent. */
    record Listed(@Nullable String user) {}

    /** The key to remove; the user is root if absent. */
    record Removed(@Nullable String user, @Nullable String fingerprint) {}

    public List<VmUseCase<?, ?>> useCases() {
        return List.of(
                VmUseCase.of(
                        UseCase.GUEST_PASSWORD_SET,
                        "POST",
                        "actions/set-password",
                        SetPassword.class,
                        this::setPassword),
                VmUseCase.of(UseCase.GUEST_KEY_LIST, "GET", KEYS, Listed.class, this::keys),
                VmUseCase.of(UseCase.GUEST_KEY_ADD, "POST", KEYS, AddAuthorizedKey.class, this::addKey),
                VmUseCase.of(UseCase.GUEST_KEY_REMOVE, "DELETE", KEYS, Removed.class, this::removeKey));
    }

    /** Throws {@code INVALID_FIELD}, or like {@link LoginQuestions.SetPassword}. */
    private Done setPassword(VisibleVm vm, SetPassword wanted) {
        NewPassword password = new NewPassword(wanted.password(), Boolean.TRUE.equals(wanted.crypted()));
        FieldFaults faults = new FieldFaults();
        faults.malformedUnless(GuestText.isUser(wanted.user()), "/user", USER);
        faults.malformedUnless(
                password.isUsable(),
                "/password",
                password.crypted()
                        ? "What crypt(3) makes of a password, with the sign of its method in front, such as $y$"
                        : "A password of 1 to " + NewPassword.MAX_LENGTH + " characters, without control characters");
        faults.throwIfAny("Cannot set this password because some of the fields are not valid");
        vm.permit().note().about(wanted.user());
        return guests.ask(vm.id(), new LoginQuestions.SetPassword(wanted.user(), password));
    }

    private static String user(@Nullable String user) {
        return Objects.requireNonNullElse(user, "root");
    }

    /** Throws {@code INVALID_FIELD}, or like {@link ListKeys}. */
    private AuthorizedKeyList keys(VisibleVm vm, Listed wanted) {
        String user = user(wanted.user());
        FieldFaults faults = new FieldFaults();
        faults.malformedUnless(GuestText.isUser(user), "user", USER);
        faults.throwIfAny("Cannot list the keys of this user");
        AuthorizedKeys keys = guests.ask(vm.id(), new ListKeys(user));
        return new AuthorizedKeyList(keys.keys().stream().map(GuestUsers::view).toList(), keys.cut() ? true : null);
    }

    private static AuthorizedKeyView view(AuthorizedKey key) {
        return new AuthorizedKeyView(key.fingerprint(), key.type(), key.comment(), Timestamps.shown(key.expiresAt()));
    }

    /** Adds a key, and reads it back before it returns. Throws {@code INVALID_FIELD}, or like {@link AddKey}. */
    private Created<AuthorizedKeyView> addKey(VisibleVm vm, AddAuthorizedKey wanted) {
        String user = wanted.user();
        FieldFaults faults = new FieldFaults();
        faults.malformedUnless(GuestText.isUser(user), "/user", USER);
        Optional<PublicKey> parsed = PublicKey.parse(wanted.key());
        faults.malformedUnless(parsed.isPresent(), "/key", KEY);
        Instant expiry = expiry(wanted.expiresAt(), faults);
        faults.throwIfAny("Cannot add this key because some of the fields are not valid");
        PublicKey key = parsed.orElseThrow();
        vm.permit().note().about(user + " " + key.fingerprint());
        AuthorizedKey added = guests.ask(vm.id(), new AddKey(user, key, expiry));
        return new Created<>(
                KEYS + "?user=" + encoded(user) + "&fingerprint=" + encoded(added.fingerprint()), view(added));
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
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
     * Throws {@code NOT_FOUND} if the user has no such key, {@code INVALID_FIELD}, or like {@link RemoveKey}.
     */
    private Done removeKey(VisibleVm vm, Removed wanted) {
        String fingerprint = wanted.fingerprint();
        if (fingerprint == null) {
            throw new BellhopException(
                    "Cannot use the query parameter 'fingerprint'",
                    List.of(new FieldFault("fingerprint", "As ssh-keygen -l prints it", Fault.REQUIRED)));
        }
        String user = user(wanted.user());
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
        return new Done();
    }
}
