// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2;

import dev.bellhop.api.v2.terminal.TerminalMessage;
import dev.bellhop.api.v2.terminal.TerminalTicket;
import dev.bellhop.api.v2.terminal.TerminalView;
import dev.bellhop.server.terminal.PtyWay;
import dev.bellhop.server.terminal.Terminal;
import dev.bellhop.server.terminal.TerminalEnd;
import dev.bellhop.server.terminal.TerminalInfo;
import dev.bellhop.server.terminal.Tickets;
import dev.bellhop.server.terminal.WindowSize;
import dev.bellhop.server.vm.VmId;
import org.jspecify.annotations.Nullable;

/** Terminals as v2 shows them. */
final class TerminalViews {
    /**
     * The path of a terminal's WebSocket. All paths about terminals of a VM have the same prefix, so a load balancer
     * can send them to one server.
     */
    static final String SOCKET = "/api/v2/vps/{vmid}/terminals/{id}/socket";

    private TerminalViews() {}

    static TerminalView of(Terminal terminal, @Nullable TerminalTicket ticket) {
        TerminalInfo info = terminal.info();
        TerminalEnd end = terminal.end();
        WindowSize size = terminal.size();
        PtyWay way = terminal.way();
        return new TerminalView(
                info.id().toString(),
                info.vm().value(),
                info.user(),
                end == null ? "open" : "ended",
                size.cols(),
                size.rows(),
                terminal.viewers(),
                info.openedAt(),
                end == null ? null : end.at(),
                end == null ? null : end.reason().wireName(),
                end == null ? null : end.pty().exitCode(),
                end == null ? null : end.pty().signal(),
                info.keyId(),
                terminal.isRecorded(),
                terminal.isInputRecorded(),
                way == null ? null : way.transport().wireName(),
                way == null ? null : way.reason(),
                ticket);
    }

    static TerminalTicket of(VmId vm, Tickets.Issued ticket) {
        return new TerminalTicket(
                TerminalTicket.PREFIX + ticket.secret(),
                ticket.readOnly(),
                ticket.until(),
                SOCKET.replace("{vmid}", vm.toString())
                        .replace("{id}", ticket.terminal().toString()));
    }

    static TerminalMessage ended(TerminalEnd end) {
        return TerminalMessage.ended(
                end.reason().wireName(), end.pty().exitCode(), end.pty().signal());
    }
}
