// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.service.vm;

import dev.bellhop.api.v2.guest.CheckupView;
import dev.bellhop.server.access.Key;
import dev.bellhop.server.doctor.Check;
import dev.bellhop.server.doctor.Checkup;
import dev.bellhop.server.doctor.Examine;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.guest.question.Guests;
import dev.bellhop.server.service.Permit;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.VisibleVm;
import dev.bellhop.server.service.VmUseCase;
import dev.bellhop.server.service.VmUseCase.Nothing;
import dev.bellhop.server.vm.VmId;
import java.time.Clock;
import java.time.Instant;
import java.util.List;

/** Finds problems with a VM or with a caller's own key. Thread safe. */
public final class Checkups {
    private static final String ADVICE =
            "See by 'bellhop node list' how the node does, and whether it runs on its host and reaches NATS";

    private final Guests guests;
    private final Clock clock;

    public Checkups(Guests guests, Clock clock) {
        this.guests = guests;
        this.clock = clock;
    }

    /** Returns the key of the request. It works, because the request was accepted. */
    public Key key(Permit permit) {
        return permit.callerOf(UseCase.SERVER_DOCTOR).key();
    }

    public List<VmUseCase<?, ?>> useCases() {
        return List.of(VmUseCase.of(UseCase.VM_DOCTOR, "GET", "doctor", this::examine));
    }

    /**
     * Examines a VM and its guest. The server's own script runs in the guest and changes nothing, so the read scope is
     * enough. Only the operator's keys see the texts and paths of the host. Throws {@code NOT_FOUND}.
     */
    private CheckupView examine(VisibleVm vm, Nothing none) {
        Checkup found = examine(vm.id());
        boolean isOperators = vm.callerOf(UseCase.VM_DOCTOR).tenant().isOperator();
        Checkup checkup = isOperators ? found.forOperator() : found;
        return new CheckupView(
                vm.id().value(),
                checkup.status().wireName(),
                checkup.at(),
                checkup.checks().stream()
                        .map(check -> new CheckupView.Check(
                                check.id(), check.status().wireName(), check.found(), check.advice()))
                        .toList());
    }

    /** Reports a node that does not answer as a finding. A server without nodes always has an answer. */
    private Checkup examine(VmId vm) {
        Instant begun = clock.instant();
        try {
            return guests.ask(vm, new Examine());
        } catch (BellhopException e) {
            if (e.code() != ErrorCode.AGENT_UNAVAILABLE) {
                throw e;
            }
            return new Checkup(
                    List.of(Check.of("node", Check.Status.FAILED, String.valueOf(e.getMessage()), ADVICE)), begun);
        }
    }
}
