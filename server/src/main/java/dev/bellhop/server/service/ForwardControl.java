// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service;

import dev.bellhop.api.audit.AuditRecord;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.audit.AuditEntry;
import dev.bellhop.server.audit.AuditTrail;
import dev.bellhop.server.audit.Outcome;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.FieldFaults;
import dev.bellhop.server.forward.Forward;
import dev.bellhop.server.forward.ForwardEnd;
import dev.bellhop.server.forward.ForwardId;
import dev.bellhop.server.forward.ForwardInfo;
import dev.bellhop.server.forward.Forwards;
import dev.bellhop.server.forward.OneTimeTicket;
import dev.bellhop.server.policy.ForwardTarget;
import dev.bellhop.server.vm.VmId;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Forwards connections for callers, within their policies, and hands them to clients with a ticket. Thread safe. */
public final class ForwardControl {
    private static final Duration OPEN_TIMEOUT = Duration.ofSeconds(20);

    /**
     * The maximum length of a host name in the trail. A longer name keeps its beginning and its end, which shows its
     * domain.
     */
    private static final int MAX_SUBJECT_HOST = 100;

    private static final int SUBJECT_HOST_BEGIN = 30;
    private static final String LEFT_OUT = "...";

    private final Forwards forwards;
    private final boolean inCluster;
    private final VmAccess vms;
    private final ForwardPolicy policy;

    /** @param inCluster whether other servers have connections of the same VMs, which this server does not know */
    public ForwardControl(Forwards forwards, boolean inCluster, VmAccess vms, ForwardPolicy policy) {
        this.forwards = forwards;
        this.inCluster = inCluster;
        this.vms = vms;
        this.policy = policy;
    }

    /**
     * Asks the guest to connect; returns once it has. A caller without a ticket {@linkplain Forward#take takes} the
     * connection itself.
     *
     * @param host a name, which the guest resolves, or an address
     * @throws BellhopException {@code INVALID_FIELD}, {@code POLICY_REFUSED}, {@code FORBIDDEN}, or like
     *     {@link Forwards#open}
     */
    public Forward open(VisibleVm vm, String host, int port) {
        Caller caller = vm.callerOf(UseCase.FORWARD_OPEN);
        ForwardTarget target = target(host, port);
        vm.permit().note().about(subject(target));
        policy.require(vm.permit(), caller.key(), target, shown(target));
        vms.requireThere(vm);
        vm.permit().note().begins();
        return forwards.open(vm.id(), caller.key(), caller.certificate(), target, OPEN_TIMEOUT);
    }

    private static ForwardTarget target(String host, int port) {
        FieldFaults faults = new FieldFaults();
        faults.unlessBetween(1, port, ForwardTarget.MAX_PORT, "/port");
        faults.malformedUnless(
                ForwardTarget.of(host, 1).isPresent(),
                "/host",
                "A name of 1 to " + ForwardTarget.MAX_HOST_LENGTH + " letters, digits, - and . or an IP address");
        faults.throwIfAny("Cannot forward a connection to this");
        return ForwardTarget.of(host, port).orElseThrow();
    }

    /** Returns the open connections of a VM that the caller sees, newest first; in a cluster, only of this server. */
    public List<Forward> list(VisibleVm vm) {
        return seen(vm, vm.callerOf(UseCase.FORWARD_LIST).key()).toList();
    }

    /**
     * Returns an open connection of a VM.
     *
     * @throws BellhopException {@code NOT_FOUND}
     */
    public Forward find(VisibleVm vm, String id) {
        return seen(vm, vm.callerOf(UseCase.FORWARD_FIND).key())
                .filter(forward -> forward.info().id().toString().equals(id))
                .findFirst()
                .orElseThrow(() -> new BellhopException(
                        ErrorCode.NOT_FOUND,
                        inCluster
                                ? "Cannot find this connection here; it is closed, or another API server of the cluster has"
                                        + " opened it"
                                : "Cannot find this connection; it is closed"));
    }

    private Stream<Forward> seen(VisibleVm vm, Key caller) {
        return forwards.of(vm.id()).stream()
                .filter(forward -> vms.sees(caller, vm.id(), forward.info().tenant())
                        && caller.seesLabels(forward.info().labels()));
    }

    /** Issues a ticket for a connection that its opener holds. */
    public OneTimeTicket ticket(Forward forward) {
        return forwards.ticket(forward);
    }

    /**
     * Hands the connection to the holder of a ticket, and uses up the ticket.
     *
     * @param from the client's address; absent if it is not known for certain
     * @throws BellhopException {@code UNAUTHORIZED} if the ticket is not valid
     */
    public Forward take(VmId vm, String id, String secret, @Nullable InetAddress from) {
        return ForwardId.parse(id)
                .flatMap(parsed -> forwards.take(vm, parsed, secret, key -> key.mayComeFrom(from)))
                .orElseThrow(() -> new BellhopException(
                        ErrorCode.UNAUTHORIZED,
                        "Cannot accept this ticket because it is unknown, used or older than "
                                + OneTimeTicket.GOOD_FOR.toSeconds() + " seconds, or its key has ended"
                                + (inCluster ? ", or another API server of the cluster has issued it" : "")
                                + "; forward another connection"));
    }

    /** Records the end of a connection: its target, the number of bytes and the reason, but never the data. */
    public static void ended(AuditTrail audit, Forward forward) {
        ForwardInfo info = forward.info();
        ForwardEnd end = forward.end();
        audit.add(new AuditEntry(
                        audit.now(), AuditRecord.FORWARD_END, end == ForwardEnd.LOST ? Outcome.FAILED : Outcome.DONE)
                .by(info.keyId(), info.tenant())
                .certificate(info.certificate())
                .in(info.vm())
                .about(subject(info.target()) + " sent " + forward.sent() + " received " + forward.received()
                        + " bytes")
                .state(end == null ? null : end.wireName()));
    }

    private static String subject(ForwardTarget target) {
        return "forward " + shown(target);
    }

    private static String shown(ForwardTarget target) {
        String host = target.host();
        if (host.length() <= MAX_SUBJECT_HOST) {
            return target.toString();
        }
        int end = MAX_SUBJECT_HOST - SUBJECT_HOST_BEGIN - LEFT_OUT.length();
        return host.substring(0, SUBJECT_HOST_BEGIN) + LEFT_OUT + host.substring(host.length() - end) + ":"
                + target.port();
    }
}
