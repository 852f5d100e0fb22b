// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2.guest;

import dev.bellhop.api.v2.guest.ClockView;
import dev.bellhop.api.v2.guest.SyncTime;
import dev.bellhop.server.clock.ClockChange;
import dev.bellhop.server.clock.SetClock;
import dev.bellhop.server.http.Call;
import dev.bellhop.server.http.HttpResponse;
import dev.bellhop.server.http.Parameters;
import dev.bellhop.server.http.Route;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.VisibleVm;
import dev.bellhop.server.service.VmAccess;
import dev.bellhop.server.service.vm.GuestClock;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code /api/v2/vps/{vmid}/actions/sync-time}. */
public record V2GuestClock(VmAccess access, GuestClock clock) {
    private static final double MILLIS = 1000;

    public List<Route> routes() {
        return List.of(
                new Route("POST", "/api/v2/vps/{vmid}/actions/sync-time", UseCase.GUEST_TIME_SYNC, this::syncTime));
    }

    private HttpResponse syncTime(Call call) {
        VisibleVm vm = access.find(call.permit(), Parameters.vmid(call));
        SyncTime body = call.isBodyAbsent() ? new SyncTime(null) : call.strictBody(SyncTime.class);
        SetClock wanted = GuestClock.from(body.source());
        ClockChange done = clock.sync(vm, wanted);
        return HttpResponse.json(
                200,
                new ClockView(
                        wanted.source().wireName(), seconds(done.before()), seconds(done.after()), done.hardwareSet()));
    }

    private static @Nullable Double seconds(@Nullable Duration difference) {
        return difference == null ? null : difference.toMillis() / MILLIS;
    }
}
