// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2;

import dev.bellhop.api.v2.Page;
import dev.bellhop.api.v2.terminal.CreateTerminal;
import dev.bellhop.api.v2.terminal.CreateTicket;
import dev.bellhop.api.v2.terminal.TerminalView;
import dev.bellhop.server.http.Call;
import dev.bellhop.server.http.HttpResponse;
import dev.bellhop.server.http.Paging;
import dev.bellhop.server.http.Parameters;
import dev.bellhop.server.http.Route;
import dev.bellhop.server.service.UseCase;
import dev.bellhop.server.service.VisibleVm;
import dev.bellhop.server.service.VmAccess;
import dev.bellhop.server.service.terminal.TerminalControl;
import dev.bellhop.server.terminal.Terminal;
import dev.bellhop.server.terminal.TerminalId;
import java.util.List;
import java.util.Map;

/** {@code /api/v2/vps/{vmid}/terminals} and {@code /api/v2/terminals}: opens terminals and shows their state. */
public record V2Terminals(VmAccess access, TerminalControl terminals) {
    private static final String PATH = "/api/v2/vps/{vmid}/terminals";

    private static final String ALL = "/api/v2/terminals";

    public List<Route> routes() {
        return List.of(
                new Route("POST", PATH, UseCase.TERMINAL_OPEN, this::open),
                new Route("GET", PATH, UseCase.TERMINAL_LIST, this::list),
                new Route("GET", ALL, UseCase.TERMINAL_LIST, this::listAll).query("vmid", "limit", "cursor"),
                new Route("GET", PATH + "/{id}", UseCase.TERMINAL_FIND, this::find),
                new Route("DELETE", PATH + "/{id}", UseCase.TERMINAL_HANG_UP, this::hangUp),
                new Route("POST", PATH + "/{id}/tickets", UseCase.TERMINAL_TICKET, this::ticket));
    }

    private HttpResponse open(Call call) {
        VisibleVm vm = access.find(call.permit(), Parameters.vmid(call));
        CreateTerminal wanted = call.isBodyAbsent()
                ? new CreateTerminal(null, null, null, null, null, null, null)
                : call.strictBody(CreateTerminal.class);
        TerminalControl.Opened opened = terminals.open(vm, wanted);
        TerminalId id = opened.terminal().info().id();
        return HttpResponse.json(201, TerminalViews.of(opened.terminal(), TerminalViews.of(vm.id(), opened.ticket())))
                .with(Map.of("Location", "/api/v2/vps/" + vm.id() + "/terminals/" + id));
    }

    private HttpResponse list(Call call) {
        List<Terminal> found = terminals.list(access.find(call.permit(), Parameters.vmid(call)));
        return HttpResponse.json(200, new Page<>(views(found), null));
    }

    private HttpResponse listAll(Call call) {
        Paging paging = Paging.of(call, "terminals");
        TerminalControl.Page page = terminals.list(
                call.permit(), Parameters.listedVm(call).orElse(null), paging.after(TerminalId::parse), paging.limit());
        return HttpResponse.json(200, paging.page(views(page.terminals()), page.next()));
    }

    private static List<TerminalView> views(List<Terminal> found) {
        return found.stream().map(terminal -> TerminalViews.of(terminal, null)).toList();
    }

    private VisibleVm vm(Call call) {
        return access.visible(call.permit(), Parameters.vmid(call));
    }

    private HttpResponse find(Call call) {
        return HttpResponse.json(200, TerminalViews.of(terminals.find(vm(call), call.pathParameter("id")), null));
    }

    private HttpResponse hangUp(Call call) {
        try {
            terminals.hangUp(vm(call), call.pathParameter("id"));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return HttpResponse.noContent();
    }

    private HttpResponse ticket(Call call) {
        boolean readOnly = !call.isBodyAbsent()
                && Boolean.TRUE.equals(call.strictBody(CreateTicket.class).readOnly());
        VisibleVm vm = vm(call);
        return HttpResponse.json(
                201, TerminalViews.of(vm.id(), terminals.ticket(vm, call.pathParameter("id"), readOnly)));
    }
}
