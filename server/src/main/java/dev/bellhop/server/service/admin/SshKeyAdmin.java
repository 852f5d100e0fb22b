// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service.admin;

import dev.bellhop.api.audit.AuditRecord;
import dev.bellhop.api.v2.admin.RegisterSshKey;
import dev.bellhop.api.v2.admin.SshKeyProof;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.access.Keys;
import dev.bellhop.server.access.ssh.NewSshKey;
import dev.bellhop.server.access.ssh.SshKey;
import dev.bellhop.server.access.ssh.SshKeys;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.FieldFault;
import dev.bellhop.server.failure.FieldFault.Fault;
import dev.bellhop.server.failure.FieldFaults;
import dev.bellhop.server.failure.Precondition;
import dev.bellhop.server.service.Permit;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.sshkey.DetachedSignature;
import dev.bellhop.server.sshkey.PublicKey;
import dev.bellhop.server.sshkey.PublicKeyText;
import dev.bellhop.server.sshkey.UnusableKeyException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Registers SSH keys for API keys, for callers that manage these. Thread safe. */
public final class SshKeyAdmin {
    private static final Duration MAX_AGE_OF_PROOF = Duration.ofMinutes(10);
    private static final int MAX_PRINCIPALS = 50;
    private static final int MAX_PRINCIPAL = 100;

    /** Printable ASCII characters except the space and the comma. */
    private static final Pattern PRINCIPALS = Pattern.compile("[-!-+.-~]{1," + MAX_PRINCIPAL + "}");

    private static final String REGISTER = "register an SSH key with this key";

    private final SshKeys sshKeys;
    private final ManagedKeys managed;

    public SshKeyAdmin(SshKeys sshKeys, Keys keys) {
        this.sshKeys = sshKeys;
        this.managed = new ManagedKeys(keys);
    }

    /**
     * Registers a public key for an API key. The holder of the private key gets all rights of the API key, so the
     * caller must have the same rights for at least as long.
     *
     * @param wanted called only after the caller's rights were checked
     * @throws BellhopException {@code INVALID_FIELD}, or like {@link SshKeys#add}
     */
    public SshKeys.Added register(Permit permit, String keyId, Supplier<RegisterSshKey> wanted, Instant now) {
        Key key = managed.findChangeable(permit, UseCase.SSH_KEY_REGISTER, keyId, REGISTER);
        Key caller = permit.callerOf(UseCase.SSH_KEY_REGISTER).key();
        NewSshKey valid = check(wanted.get(), key.id(), now);
        permit.note().about(subject(key, valid.publicKey().fingerprint()));
        requireAsLong(caller, key, valid);
        Precondition<Key> allowed = managed.stillChangeable(caller, REGISTER)
                .and(present -> requireAsLong(caller, Objects.requireNonNull(present), valid));
        SshKeys.Added added = sshKeys.add(key, valid, caller, allowed);
        added.ended().forEach(ended -> recordLoss(permit, key, ended));
        return added;
    }

    private void recordLoss(Permit permit, Key newOwner, SshKey ended) {
        managed.keys()
                .find(ended.keyId())
                .filter(loser -> !loser.tenant().equals(newOwner.tenant()))
                .ifPresent(loser ->
                        permit.note().alsoOf(loser, AuditRecord.SSH_KEY_LOST, subject(loser, ended.fingerprint())));
    }

    private static void requireAsLong(Key caller, Key key, NewSshKey wanted) {
        if (!caller.lastsAsLongAs(earlier(key.expiresAt(), wanted.expiresAt()))) {
            throw new BellhopException(
                    ErrorCode.FORBIDDEN,
                    "Cannot register an SSH key that is valid for longer than the key in use; name an"
                            + " earlier time in expiresAt, or take an API key that is valid for as long");
        }
    }

    private static NewSshKey check(RegisterSshKey wanted, String keyId, Instant now) {
        PublicKey key;
        try {
            key = PublicKeyText.read(wanted.key());
        } catch (UnusableKeyException e) {
            FieldFault fault =
                    new FieldFault("/key", "A public key as a file .pub has it, in one line", Fault.MALFORMED);
            throw new BellhopException("Cannot register this SSH key because " + e.getMessage(), List.of(fault));
        }
        FieldFaults faults = new FieldFaults();
        if (wanted.label() != null) {
            Names.check(wanted.label(), "/label", faults);
        }
        Instant expiresAt =
                Expiry.of(wanted.expiresAt(), wanted.expiresInSeconds(), wanted.expiresInDays(), now, faults);
        List<String> principals = wanted.principals();
        if (principals != null) {
            checkAuthority(principals, faults);
        }
        SshKeyProof proof = wanted.proof();
        if (proof != null) {
            String statement = SshKeyProof.statement(keyId, principals, proof.signedAt());
            String line = principals == null
                    ? "'bellhop ssh-key', the API key's id and signedAt"
                    : "'bellhop ssh-ca', the API key's id, the principals with commas between them, and signedAt";
            checkProof(key, statement, line, proof, now, faults.within("/proof"));
        }
        faults.throwIfAny("Cannot register this SSH key because some of the fields are not valid");
        return new NewSshKey(
                key,
                principals,
                proof != null,
                wanted.label() == null ? Names.shortened(key.comment()) : wanted.label(),
                expiresAt);
    }

    /** @param line describes the statement for users */
    private static void checkProof(
            PublicKey key, String statement, String line, SshKeyProof proof, Instant now, FieldFaults faults) {
        faults.malformedUnless(
                Duration.between(proof.signedAt(), now).abs().compareTo(MAX_AGE_OF_PROOF) <= 0,
                "/signedAt",
                "A time within " + MAX_AGE_OF_PROOF.toMinutes() + " minutes of the server's clock");
        faults.malformedUnless(
                DetachedSignature.parse(proof.signature())
                        .filter(signature -> signature.isBy(key, SshKeyProof.NAMESPACE, statement))
                        .isPresent(),
                "/signature",
                "A signature by this SSH key of the line " + line + ", as 'ssh-keygen -Y sign -n bellhop' makes it");
    }

    private static void checkAuthority(List<String> principals, FieldFaults faults) {
        faults.unlessBetween(1, principals.size(), MAX_PRINCIPALS, "/principals");
        if (!principals.stream().allMatch(name -> PRINCIPALS.matcher(name).matches())) {
            faults.add(
                    "/principals",
                    "Names as 'ssh-keygen -n' takes them: 1 to " + MAX_PRINCIPAL
                            + " printable characters of ASCII each, without blanks and commas",
                    Fault.MALFORMED);
        }
    }

    private static @Nullable Instant earlier(@Nullable Instant one, @Nullable Instant other) {
        if (one == null || other == null) {
            return one == null ? other : one;
        }
        return one.isBefore(other) ? one : other;
    }

    /**
     * An SSH key as an administrator sees it.
     *
     * @param lastUsedAt to the second; absent if it was never used
     */
    public record Shown(SshKey key, @Nullable Instant lastUsedAt) {}

    /** Returns the SSH keys of an API key that the caller manages, oldest first. */
    public List<Shown> list(Permit permit, String keyId) {
        return sshKeys.of(managed.find(permit, UseCase.SSH_KEY_LIST, keyId)).stream()
                .map(this::show)
                .toList();
    }

    public Shown show(SshKey key) {
        return new Shown(key, sshKeys.lastUsedAt(key).orElse(null));
    }

    /** Removes an SSH key with immediate effect; throws {@code NOT_FOUND}. */
    public void remove(Permit permit, String keyId, String id) {
        Key key = managed.findChangeable(permit, UseCase.SSH_KEY_REMOVE, keyId, "remove an SSH key of this key");
        Optional<SshKey> found = sshKeys.of(key).stream()
                .filter(sshKey -> sshKey.id().equals(id))
                .findFirst();
        found.ifPresent(sshKey -> permit.note().about(subject(key, sshKey.fingerprint())));
        if (found.isEmpty() || !sshKeys.remove(key, id)) {
            throw new BellhopException(
                    ErrorCode.NOT_FOUND,
                    "Cannot find an SSH key with this id; list those of the API key to see their ids");
        }
    }

    private static String subject(Key key, String fingerprint) {
        return key.id() + " " + fingerprint;
    }
}
