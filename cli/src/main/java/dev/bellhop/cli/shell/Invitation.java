// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.shell;

import dev.bellhop.api.v2.terminal.TerminalTicket;
import java.time.Instant;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What lets somebody look at a terminal, as one word to pass on: the VM, the terminal and the ticket. It names no server, so that nobody can
 * be led to another one by it.
 */
record Invitation(long vmid, String id, String ticket) {
    /** Longer than any. */
    static final int MAX_LENGTH = 200;

    private static final Pattern FORM = Pattern.compile("(?<vmid>[1-9][0-9]{0,17})/(?<id>[0-9a-f-]{36})/(?<ticket>"
            + Pattern.quote(TerminalTicket.PREFIX) + "[A-Za-z0-9_-]{1,100})");

    /** Empty where it is none. */
    static Optional<Invitation> parse(String word) {
        Matcher form = FORM.matcher(word.strip());
        return form.matches()
                ? Optional.of(
                        new Invitation(Long.parseLong(form.group("vmid")), form.group("id"), form.group("ticket")))
                : Optional.empty();
    }

    String word() {
        return vmid + "/" + id + "/" + ticket;
    }

    /** As the server has issued it. */
    TerminalTicket toEnter(Instant now) {
        return new TerminalTicket(ticket, true, now, "/api/v2/vps/" + vmid + "/terminals/" + id + "/socket");
    }

    @Override
    public String toString() {
        return "Invitation[" + vmid + ", " + id + "]"; // The ticket is a secret.
    }
}
