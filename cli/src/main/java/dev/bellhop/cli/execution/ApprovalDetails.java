// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.execution;

import dev.bellhop.api.Json;
import dev.bellhop.api.v2.execution.ExecutionApproval;
import dev.bellhop.api.v2.execution.ExecutionView;
import dev.bellhop.cli.terminal.HumanUnits;
import dev.bellhop.cli.terminal.Printable;
import dev.bellhop.cli.terminal.QuotedText;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** All that an execution would be started with, for whoever decides on it. Fits 80 columns. Not thread safe. */
final class ApprovalDetails {

    /** Of one thing, unless all is wanted. */
    private static final int MAX_LINES = 20;

    /** Likewise of arguments, of variables and the like. */
    private static final int MAX_ENTRIES = 30;

    private static final int LABEL_WIDTH = 15;

    private final boolean full;
    private final List<String> page = new ArrayList<>();
    private boolean cut;

    private ApprovalDetails(boolean full) {
        this.full = full;
    }

    /**
     * That of an execution.
     *
     * @param full whether nothing is left out, however long it is
     */
    static ApprovalDetails of(ExecutionView execution, boolean full, Instant now) {
        ApprovalDetails page = new ApprovalDetails(full);
        page.add(execution, now);
        return page;
    }

    /** Whether some of it was left out. */
    boolean isCut() {
        return cut;
    }

    void print(PrintWriter out) {
        page.forEach(out::println);
    }

    private void add(ExecutionView execution, Instant now) {
        ExecutionApproval approval = execution.approval();
        own("Execution", execution.id());
        own("VM", String.valueOf(execution.vmid()));
        if (execution.vmName() != null) {
            foreign("Name of VM", execution.vmName());
        }
        if (approval != null) {
            own("Asked by", asker(execution, approval));
        }
        own(
                "Asked at",
                Json.timestamp(execution.createdAt()) + " (" + ExecutionFormat.age(execution.createdAt(), now)
                        + " ago)");
        if (approval != null) {
            own("Approve until", Json.timestamp(approval.expiresAt()));
        }
        if (execution.savedCommand() != null) {
            own("Saved command", execution.savedCommand() + ", version " + execution.savedCommandVersion());
        }
        if (approval != null) {
            pairs("Parameter", approval.parameters());
        }
        command(execution);
        if (approval != null) {
            surroundings(approval);
        }
        Long timeout = execution.timeoutSeconds();
        own("Timeout", timeout == null ? "none" : HumanUnits.time(timeout));
        pairs("Label", execution.labels());
        if (approval != null && approval.digest() != null) {
            page.add("Digest " + Printable.line(approval.digest()));
        }
    }

    private static String asker(ExecutionView execution, ExecutionApproval approval) {
        String key = approval.keyName() == null ? "key " + execution.keyId() : approval.keyName();
        String account = execution.account();
        return key
                + (approval.keyName() == null ? "" : " (key " + execution.keyId() + ")")
                + (account == null
                        ? ", an operator's"
                        : " of account " + (approval.accountName() == null ? account : approval.accountName()));
    }

    private void command(ExecutionView execution) {
        List<String> argv = execution.argv();
        if (argv != null) {
            for (int i = 0; i < argv.size() && isWithin(i, argv.size(), "arguments"); i++) {
                foreign(i == 0 ? "Program" : "Argument " + i, argv.get(i));
            }
        } else if (execution.command() != null) {
            foreign("Command", execution.command());
            if (execution.shell() == null) {
                own("Shell", "the guest's usual one");
            } else {
                foreign("Shell", execution.shell());
            }
        }
    }

    private void surroundings(ExecutionApproval approval) {
        if (approval.user() == null) {
            own("User", "that of the guest agent, which is root or SYSTEM");
        } else {
            foreign("User", approval.user());
        }
        if (approval.cwd() == null) {
            own("Folder", "that of the guest agent");
        } else {
            foreign("Folder", approval.cwd());
        }
        if (approval.env() == null) {
            own("Variables", "none but the guest's own");
        } else {
            pairs("Variable", approval.env());
        }
        if (approval.stdin() != null) {
            own("Stdin", bytes(approval.stdin().getBytes(StandardCharsets.UTF_8).length));
            foreign("", approval.stdin());
        } else if (approval.stdinBase64() != null) {
            byte[] bytes = Base64.getDecoder().decode(approval.stdinBase64());
            own("Stdin", bytes(bytes.length) + " that are no text, shown as \\x00 where they are no ASCII");
            foreign("", ascii(bytes));
        } else {
            own("Stdin", "empty");
        }
    }

    private static String bytes(int count) {
        return count == 1 ? "1 byte" : count + " bytes";
    }

    private static String ascii(byte[] bytes) {
        StringBuilder text = new StringBuilder();
        for (byte b : bytes) {
            boolean printable = (b >= ' ' && b < 0x7f && b != '\\') || b == '\n';
            text.append(printable ? String.valueOf((char) b) : String.format(Locale.ROOT, "\\x%02x", b));
        }
        return text.toString();
    }

    private void pairs(String label, @Nullable Map<String, String> pairs) {
        if (pairs != null) {
            int number = 0;
            for (Map.Entry<String, String> pair : pairs.entrySet()) {
                if (!isWithin(number++, pairs.size(), label.toLowerCase(Locale.ROOT) + "s")) {
                    return;
                }
                foreign(label, pair.getKey() + "=" + pair.getValue());
            }
        }
    }

    private boolean isWithin(int number, int all, String what) {
        if (!full && number == MAX_ENTRIES) {
            leaveOut(all - number + " of " + all + " " + what);
            return false;
        }
        return true;
    }

    /** What this program says itself, or the server, in one line. */
    private void own(String label, String text) {
        List<String> lines = QuotedText.lines(Printable.line(text));
        page.add(label(label) + lines.getFirst().substring(QuotedText.LINE.length()));
        lines.stream().skip(1).forEach(line -> page.add(label("") + line));
    }

    /** What the one who asks has written. */
    private void foreign(String label, String text) {
        List<String> lines = QuotedText.lines(text);
        int shown = full ? lines.size() : Math.min(lines.size(), MAX_LINES);
        for (int i = 0; i < shown; i++) {
            page.add(label(i == 0 ? label : "") + lines.get(i));
        }
        if (shown < lines.size()) {
            leaveOut(lines.size() - shown + " of " + lines.size() + " lines");
        }
    }

    private void leaveOut(String what) {
        cut = true;
        page.add(label("") + "(" + what + " left out; --full shows all)");
    }

    private static String label(String label) {
        return label + " ".repeat(LABEL_WIDTH - label.length());
    }
}
