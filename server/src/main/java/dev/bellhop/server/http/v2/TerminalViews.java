// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http.v2;

import dev.bellhop.api.v2.terminal.TerminalMessage;
import dev.bellhop.api.v2.terminal.TerminalTicket;
import dev.bellhop.api.v2.terminal.TerminalView;
import dev.bellhop.server.terminal.Terminal;
import dev.bellhop.server.terminal.TerminalEnd;
import dev.bellhop.server.terminal.TerminalInfo;
import dev.bellhop.server.terminal.Tickets;
import dev.bellhop.server.terminal.WindowSize;
import org.jspecify.annotations.Nullable;

/** Terminals as v2 shows them. */
final class TerminalViews {
    private TerminalViews() {}

    static TerminalView of(Terminal terminal, @Nullable TerminalTicket ticket) {
        TerminalInfo info = terminal.info();
        TerminalEnd end = terminal.end();
        WindowSize size = terminal.size();
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
                ticket);
    }

    static TerminalTicket of(Tickets.Issued ticket) {
        return new TerminalTicket(
                TerminalTicket.PREFIX + ticket.secret(),
                ticket.readOnly(),
                ticket.until(),
                V2TerminalSocket.PATH + ticket.terminal() + "/socket");
    }

    static TerminalMessage ended(TerminalEnd end) {
        return TerminalMessage.ended(
                end.reason().wireName(), end.pty().exitCode(), end.pty().signal());
    }
}
