// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.guest;

import dev.bellhop.server.cluster.WireFormatException;
import dev.bellhop.server.doctor.Check;
import dev.bellhop.server.doctor.Checkup;
import dev.bellhop.server.doctor.Doctor;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.WireName;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is amiss with VMs and their guests. */
public final class DoctorOrders {
    static final GuestOrder<GuestOrder.Plain, Found> EXAMINE = GuestOrder.look(
            "doctor", GuestOrder.Plain.class, Found.class, "Cannot tell what is amiss", Duration.ofMinutes(2));

    private static final int MAX_CHECKS = 200;
    private static final String ADVICE =
            "See by 'bellhop node list' how the node does, and whether it runs on its host and reaches NATS";

    private DoctorOrders() {}

    /** As {@link Checkup}. */
    record Found(List<FoundOne> checks, Instant at) {
        private Checkup checkup() {
            return new Checkup(
                    checks.stream().limit(MAX_CHECKS).map(FoundOne::check).toList(), at);
        }
    }

    /**
     * As {@link Check}.
     *
     * @param status the wire name of a {@link Check.Status}
     */
    record FoundOne(
            String id,
            String status,
            String found,
            @Nullable String advice,
            @Nullable String ofHost) {
        private Check check() {
            Check.Status known = WireName.parse(Check.Status.values(), status)
                    .orElseThrow(() -> new WireFormatException(FoundOne.class, "status"));
            return new Check(id, known, found, advice, ofHost);
        }
    }

    /** The doctor of the VMs of all nodes. A node that does not answer is what is amiss. */
    public static Doctor remote(GuestCalls calls, Clock clock) {
        return vm -> {
            Instant begun = clock.instant();
            try {
                return calls.ask(vm, EXAMINE, new GuestOrder.Plain(), Found::checkup);
            } catch (BellhopException e) {
                if (e.code() != ErrorCode.AGENT_UNAVAILABLE) {
                    throw e;
                }
                return new Checkup(
                        List.of(Check.of("node", Check.Status.FAILED, String.valueOf(e.getMessage()), ADVICE)), begun);
            }
        };
    }

    static void serve(GuestOrderTable node, Doctor doctor) {
        node.put(EXAMINE, (vm, question, longest) -> {
            Checkup checkup = doctor.examine(vm);
            return new Found(
                    checkup.checks().stream()
                            .map(each -> new FoundOne(
                                    each.id(), each.status().wireName(), each.found(), each.advice(), each.ofHost()))
                            .toList(),
                    checkup.at());
        });
    }
}
