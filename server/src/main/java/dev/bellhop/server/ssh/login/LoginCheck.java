// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh.login;

import dev.bellhop.api.audit.AuditRecord;
import dev.bellhop.server.access.Gatekeeper;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.audit.AuditEntry;
import dev.bellhop.server.audit.AuditTrail;
import dev.bellhop.server.audit.Outcome;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.service.AuditNote;
import dev.bellhop.server.service.Caller;
import dev.bellhop.server.service.Permit;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.VmAccess;
import dev.bellhop.server.service.vm.VmReads;
import dev.bellhop.server.sshkey.Certificate;
import dev.bellhop.server.sshkey.OfferedKey;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vm.VmName;
import java.net.InetAddress;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.server.auth.password.PasswordAuthenticator;
import org.apache.sshd.server.session.ServerSession;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks logins: the client needs a key that sees the requested VM. Clients without a key cannot learn if the key or
 * the VM does not exist. Thread safe.
 *
 * @param tried called with each session whose client tries to log in
 */
public record LoginCheck(
        Gatekeeper gatekeeper,
        AuditTrail audit,
        VmAccess vms,
        VmReads vmReads,
        SshCallers callers,
        Consumer<Session> tried)
        implements PasswordAuthenticator {
    private static final Logger log = LoggerFactory.getLogger(LoginCheck.class);

    /**
     * A known key, which allows a login if the client proves to have it.
     *
     * @param stillGood whether the key would still be accepted now
     * @param admitted called after the login
     */
    record Known(Key key, LoginTerms terms, BooleanSupplier stillGood, Runnable admitted) {}

    /**
     * Returns the API key and limits for an offered key; empty if there is none. Does not check that the client has the
     * private half.
     */
    Optional<Known> known(Optional<KeyOffer> offer, ServerSession session) {
        tried.accept(session);
        InetAddress from = SshLogin.address(session);
        try {
            return offer.flatMap(of -> callers.find(of.known(), from)
                    .flatMap(key -> terms(of, from).map(terms -> known(of, key, terms, from))));
        } catch (BellhopException e) {
            // The store cannot be read now; strangers must not learn that.
            return Optional.empty();
        }
    }

    private static Optional<LoginTerms> terms(KeyOffer offer, @Nullable InetAddress from) {
        Certificate certificate = offer.certificate();
        if (certificate == null) {
            return Optional.of(LoginTerms.ALL);
        }
        return certificate.isSigned() ? CertificateCheck.check(certificate, Instant.now(), from) : Optional.empty();
    }

    private Known known(KeyOffer offer, Key key, LoginTerms terms, @Nullable InetAddress from) {
        OfferedKey offered = offer.known();
        BooleanSupplier stillGood = () -> callers.find(offered, from)
                .filter(now -> now.id().equals(key.id()) && now.keepsRightsOf(key))
                .isPresent();
        return new Known(key, terms, stillGood, () -> callers.used(offered));
    }

    @Override
    public boolean authenticate(String name, String password, ServerSession session) {
        tried.accept(session);
        try {
            return gatekeeper
                    .admit(password, SshLogin.address(session))
                    .map(key -> new Known(key, LoginTerms.ALL, () -> gatekeeper.isStillValid(key), () -> {}))
                    .filter(known -> admit(name, session, known))
                    .isPresent();
        } catch (BellhopException e) {
            // Too many failures, or the store cannot be read now. Strangers must not see the reason.
            return false;
        }
    }

    /** Logs in a client that has proved to have a key, if the key sees the VM. */
    boolean admit(String name, ServerSession session, Known known) {
        Optional<SshLogin> login;
        try {
            login = login(name, known, SshLogin.address(session));
        } catch (BellhopException e) {
            // The key sees no VM at all, or the store cannot be read now.
            login = Optional.empty();
        }
        login.ifPresent(found -> {
            SshLogin.set(session, found);
            known.admitted().run();
            record(found);
        });
        return login.isPresent();
    }

    /** Records the certificate also, because several people can have certificates for one API key. */
    private void record(SshLogin login) {
        LoginCertificate certificate = login.terms().certificate();
        if (certificate != null) {
            log.info("SSH login with API key {} by certificate {}", login.key().id(), certificate);
        }
        audit.add(new AuditEntry(audit.now(), AuditRecord.SSH_LOGIN, Outcome.DONE)
                .through(Caller.SSH)
                .by(login.key().id(), login.key().tenant())
                .certificate(certificate == null ? null : certificate.toString())
                .from(login.fromText())
                .in(login.vm()));
    }

    private Optional<SshLogin> login(String name, Known known, @Nullable InetAddress from) {
        Key key = known.key();
        return LoginName.parse(name)
                .flatMap(wanted -> vm(wanted, key, from)
                        .map(vm -> new SshLogin(
                                key,
                                vm,
                                wanted.guestUser(),
                                from,
                                wanted.dryRun() ? known.terms().asDryRun() : known.terms(),
                                () -> known.stillGood().getAsBoolean() && vms.sees(key, vm))));
    }

    /**
     * Returns the VM with that id, or the only VM with that name, if the key sees it. Throws {@code FORBIDDEN} if the
     * key sees no VM at all.
     */
    private Optional<VmId> vm(LoginName wanted, Key key, @Nullable InetAddress from) {
        Caller caller = new Caller(
                key, UUID.randomUUID().toString(), from == null ? null : from.getHostAddress(), Caller.SSH, null);
        AuditNote note = new AuditNote(audit, caller, UseCase.VM_LIST);
        VmId id = wanted.vmid();
        VmName vmName = wanted.vmName();
        return Permit.during(note, permit -> {
            if (id != null) {
                return vmReads.visible(permit, id) ? Optional.of(id) : Optional.empty();
            }
            List<VmId> named = vmReads.list(permit, vmName);
            return named.size() == 1 ? Optional.of(named.getFirst()) : Optional.empty();
        });
    }
}
