// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.terminal.guest;

import dev.bellhop.qga.ExecCommand;
import dev.bellhop.server.execution.script.GuestScript;
import dev.bellhop.server.execution.script.GuestShell;
import dev.bellhop.server.terminal.PtySpec;
import dev.bellhop.server.terminal.TerminalId;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Starts a bridge in a guest, and parses its answer. The bridge is a script for perl or python3, whichever the guest
 * has; it holds the pty, and stays in its own session. Its folder is in the spool: {@code in} and {@code read}, FIFOs
 * of {@link PtyFrame}s; {@code out.N}, the output in files of 1 MiB; and {@code end}, how the command ended. The bridge
 * removes output that was read, and the command waits while 2 MiB are unread, so the guest's disk does not fill up.
 */
final class PtyBridge {
    static final int SEGMENT_BYTES = 1 << 20;

    /** Time without a frame until the bridge considers its server gone and hangs up. */
    static final Duration PATIENCE = Duration.ofMinutes(2);

    private static final GuestScript START = GuestScript.load(PtyBridge.class, "start.sh")
            .with("ENVIRONMENT", GuestScript.environment())
            .with("CGROUP", GuestScript.ownUnit());
    private static final String PERL = GuestScript.load(PtyBridge.class, "bridge.pl")
            .with("LOGIN", GuestScript.load(PtyBridge.class, "login.pl"))
            .with("MODES", GuestScript.terminalModes("pl"))
            .text();
    private static final String PYTHON = python("bridge.py");
    private static final GuestScript LIVES = GuestScript.load(PtyBridge.class, "lives.sh");
    private static final Pattern ANSWER = Pattern.compile("bellhop ([0-9a-f-]{36}) ([a-z]+)(?: ([a-z0-9-]{1,40}))?\n");

    private PtyBridge() {}

    /** Returns a script for python3, with the code for logins and terminal modes. */
    static String python(String name) {
        return new GuestScript(GuestScript.loadAsIs(PtyBridge.class, name))
                .with("LOGIN", new GuestScript(GuestScript.loadAsIs(PtyBridge.class, "login.py")))
                .with("MODES", GuestScript.terminalModes("py"))
                .text();
    }

    /** The result of a start. */
    enum Start {
        READY,
        NO_PTY,
        NO_SPOOL,
        NO_USER,
        /** The guest sent an unknown answer. */
        UNREADABLE
    }

    static String folder(String spool, TerminalId id) {
        return spool + "/" + id + ".pty";
    }

    static ExecCommand start(String spool, TerminalId id, PtySpec spec, Duration patience) {
        return shell(header(spool, id).then(START), PERL, PYTHON)
                .withInput(conf(spec, patience).getBytes(StandardCharsets.US_ASCII));
    }

    /** Returns a command that checks whether the bridge still runs. */
    static ExecCommand lives(String spool, TerminalId id) {
        return shell(header(spool, id).then(LIVES));
    }

    /** Parses the answer to {@link #lives}. */
    static boolean saysAlive(byte[] stdout, TerminalId id) {
        return new String(stdout, StandardCharsets.US_ASCII).equals("bellhop " + id + " alive\n");
    }

    static Start parse(byte[] stdout, TerminalId id) {
        Matcher answer = ANSWER.matcher(new String(stdout, StandardCharsets.US_ASCII));
        if (!answer.matches() || !answer.group(1).equals(id.toString())) {
            return Start.UNREADABLE;
        }
        return switch (answer.group(2)) {
            case "ready" -> Start.READY;
            case "nopty" -> Start.NO_PTY;
            case "nospool" -> Start.NO_SPOOL;
            case "fail" ->
                switch (String.valueOf(answer.group(3))) {
                    case "nouser" -> Start.NO_USER;
                    case "nospool" -> Start.NO_SPOOL;
                    default -> Start.NO_PTY;
                };
            default -> Start.UNREADABLE;
        };
    }

    private static GuestScript header(String spool, TerminalId id) {
        return new GuestScript(": terminal " + id + "\n_i=" + id + "\n_s=" + GuestScript.quote(spool) + "\n");
    }

    private static ExecCommand shell(GuestScript script, String... args) {
        String[] all = new String[args.length + 3];
        all[0] = "-c";
        all[1] = script.text();
        all[2] = GuestShell.PATH;
        System.arraycopy(args, 0, all, 3, args.length);
        return ExecCommand.of(GuestShell.PATH, all);
    }

    /**
     * Formats each setting as a line with a name and a hexadecimal value, because perl-base and old python3 can parse
     * that.
     */
    private static String conf(PtySpec spec, Duration patience) {
        StringBuilder conf = new StringBuilder();
        line(conf, "rows", Integer.toString(spec.size().rows()));
        line(conf, "cols", Integer.toString(spec.size().cols()));
        line(conf, "patience", Long.toString(patience.toSeconds()));
        line(conf, "user", spec.user());
        if (spec.cwd() != null) {
            line(conf, "cwd", spec.cwd());
        }
        if (spec.login() != null) {
            line(conf, "login", "1");
        }
        if (spec.modes() != null) {
            line(conf, "modes", spec.modes().text());
        }
        spec.variables().forEach((name, value) -> line(conf, "env", name + "=" + value));
        spec.argv().forEach(word -> line(conf, "arg", word));
        return conf.toString();
    }

    private static void line(StringBuilder conf, String name, String value) {
        conf.append(name)
                .append(' ')
                .append(HexFormat.of().formatHex(value.getBytes(StandardCharsets.UTF_8)))
                .append('\n');
    }
}
