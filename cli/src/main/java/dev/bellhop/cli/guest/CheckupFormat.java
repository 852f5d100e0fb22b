// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.guest;

import dev.bellhop.api.v2.guest.CheckupView;
import dev.bellhop.cli.terminal.Printable;
import dev.bellhop.cli.terminal.Terminal;
import java.util.ArrayList;
import java.util.List;

/** What was found of a VM, in lines of 80 characters: what is so, and below it what to do. */
final class CheckupFormat {

    private static final int COLUMNS = 80;
    private static final int STATUS = 9;

    private final Terminal terminal;

    CheckupFormat(Terminal terminal) {
        this.terminal = terminal;
    }

    /** @param all whether to show what is as it should be, call by call */
    void print(CheckupView checkup, boolean all) {
        long calls = checkup.checks().stream().filter(CheckupFormat::isGoodCall).count();
        boolean said = all;
        for (CheckupView.Check check : checkup.checks()) {
            if (!all && isGoodCall(check)) {
                if (!said) {
                    wrap("ok", calls + " calls of the agent are there");
                    said = true;
                }
                continue;
            }
            wrap(check.status(), check.found());
            if (check.advice() != null) {
                wrap("", "-> " + check.advice());
            }
        }
        terminal.printLine("VM " + checkup.vmid() + ": " + checkup.status());
    }

    private static boolean isGoodCall(CheckupView.Check check) {
        return check.id().startsWith("call.") && check.status().equals("ok");
    }

    private void wrap(String status, String sentence) {
        String head = (status + " ".repeat(STATUS)).substring(0, STATUS);
        for (String line : lines(Printable.line(sentence), COLUMNS - STATUS)) {
            terminal.out().println((head + line).stripTrailing());
            head = " ".repeat(STATUS);
        }
    }

    /** A word that is longer than a line has one of its own. */
    private static List<String> lines(String text, int width) {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        for (String word : text.split(" ", -1)) {
            if (!line.isEmpty() && line.length() + 1 + word.length() > width) {
                lines.add(line.toString());
                line.setLength(0);
            }
            line.append(line.isEmpty() ? "" : " ").append(word);
        }
        lines.add(line.toString());
        return lines;
    }
}
