// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.ssh;

import dev.bellhop.server.access.Key;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.service.AuditNote;
import dev.bellhop.server.service.Caller;
import dev.bellhop.server.service.Permit;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.vm.VmId;
import dev.bellhop.server.vm.VmName;
import java.net.InetAddress;
import java.security.PublicKey;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;
import org.apache.sshd.server.auth.password.PasswordAuthenticator;
import org.apache.sshd.server.auth.pubkey.PublickeyAuthenticator;
import org.apache.sshd.server.session.ServerSession;
import org.jspecify.annotations.Nullable;

/**
 * Lets in whoever has a key and sees the VM that they name. Whether it was the key or the VM that is not there, nobody is told. Thread
 * safe.
 */
record LoginCheck(SshServices services, SshCallers callers, Sessions sessions)
        implements PublickeyAuthenticator, PasswordAuthenticator {
    @Override
    public boolean authenticate(String name, PublicKey publicKey, ServerSession session) {
        byte[] blob = blob(publicKey);
        SshLogin.onSuccess(session, () -> callers.used(blob));
        InetAddress from = SshLogin.address(session);
        return admit(
                name,
                session,
                () -> callers.byPublicKey(blob, from),
                key -> () -> callers.byPublicKey(blob, from)
                        .filter(now -> now.id().equals(key.id()))
                        .isPresent());
    }

    @Override
    public boolean authenticate(String name, String password, ServerSession session) {
        SshLogin.onSuccess(session, () -> {});
        InetAddress from = SshLogin.address(session);
        return admit(
                name,
                session,
                () -> services.gatekeeper().admit(password, from),
                key -> () -> services.gatekeeper().isStillValid(key));
    }

    /** As SSH sends it, and keys are registered. */
    private static byte[] blob(PublicKey key) {
        ByteArrayBuffer buffer = new ByteArrayBuffer();
        buffer.putRawPublicKey(key);
        return buffer.getCompactData();
    }

    private interface Lookup {
        Optional<Key> find();
    }

    private interface StillGood {
        BooleanSupplier of(Key key);
    }

    private boolean admit(String name, ServerSession session, Lookup lookup, StillGood stillGood) {
        sessions.tried(session);
        Optional<SshLogin> login;
        try {
            login = lookup.find().flatMap(key -> login(name, key, SshLogin.address(session), stillGood.of(key)));
        } catch (BellhopException e) {
            // Too many failures, or the store cannot be read now: neither is for strangers to know.
            login = Optional.empty();
        }
        SshLogin.offer(session, login.orElse(null));
        return login.isPresent();
    }

    private Optional<SshLogin> login(String name, Key key, @Nullable InetAddress from, BooleanSupplier stillGood) {
        return LoginName.parse(name)
                .flatMap(wanted -> vm(wanted, key, from)
                        .map(vm -> new SshLogin(
                                key,
                                vm,
                                wanted.guestUser(),
                                from,
                                () -> stillGood.getAsBoolean() && services.vms().sees(key, vm))));
    }

    /** The one VM of that id, or of that name, which the key sees; throws {@code FORBIDDEN} where it sees none at all. */
    private Optional<VmId> vm(LoginName wanted, Key key, @Nullable InetAddress from) {
        Caller caller =
                new Caller(key, UUID.randomUUID().toString(), from == null ? null : from.getHostAddress(), "ssh login");
        AuditNote note = new AuditNote(services.audit(), caller, UseCase.VM_LIST);
        VmId id = wanted.vmid();
        VmName vmName = wanted.vmName();
        return Permit.during(note, permit -> {
            if (id != null) {
                return services.vmReads().visible(permit, id) ? Optional.of(id) : Optional.empty();
            }
            List<VmId> named = services.vmReads().list(permit, vmName);
            return named.size() == 1 ? Optional.of(named.getFirst()) : Optional.empty();
        });
    }
}
