// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.api.v2.VmSummary;
import dev.bellhop.qga.Deadline;
import dev.bellhop.server.access.Scope;
import dev.bellhop.server.hypervisor.VmDirectory;
import dev.bellhop.server.vm.PowerState;
import dev.bellhop.server.vm.VmId;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** {@code /api/v2/vps}: the VMs a key sees. */
final class V2Vms {
    private final VmDirectory directory;
    private final Timeouts timeouts;

    V2Vms(VmDirectory directory, Timeouts timeouts) {
        this.directory = directory;
        this.timeouts = timeouts;
    }

    List<Route> routes() {
        return List.of(new Route("GET", "/api/v2/vps", Scope.READ_VM, this::list));
    }

    private Answer list(Call call) {
        List<VmId> visible =
                directory.vms().stream().filter(call.caller()::sees).toList();
        return Answer.json(200, Paging.of(call).page(visible, V2Vms::position, this::summaries));
    }

    /** Digits to a fixed width, so that the order of the text is the order of the numbers. */
    private static String position(VmId id) {
        return String.format(Locale.ROOT, "%019d", id.value());
    }

    /** All at once, since a monitor that hangs takes the whole timeout. */
    private List<VmSummary> summaries(List<VmId> ids) {
        Deadline deadline = Deadline.after(timeouts.state());
        List<Future<VmSummary>> summaries = new ArrayList<>();
        try (ExecutorService each = Executors.newVirtualThreadPerTaskExecutor()) {
            ids.forEach(id -> summaries.add(each.submit(() -> summary(id, deadline))));
        }
        return summaries.stream().map(Future::resultNow).toList();
    }

    private VmSummary summary(VmId id, Deadline deadline) {
        PowerState power =
                directory.find(id).map(vm -> vm.state(deadline).power()).orElse(PowerState.UNKNOWN);
        return new VmSummary(id.value(), power.wireName());
    }
}
