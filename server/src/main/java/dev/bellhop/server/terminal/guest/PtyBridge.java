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
 * What starts a bridge in a guest, and what it answers. The bridge is a script for perl or python3, whichever the guest has; it holds
 * the pty, and stays in a session of its own. Its folder is in the spool: {@code in}, a FIFO of {@link PtyFrame}s, {@code out.N}, the
 * output in files of 1 MiB, and {@code end}, how the command ended. Output that was read is removed, and where 2 MiB are unread the
 * command waits; so the guest's disk is not filled.
 */
final class PtyBridge {
    static final int SEGMENT_BYTES = 1 << 20;

    /** After so long without a frame the bridge takes its server for gone, and hangs up. */
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

    /** A script for python3, with what makes a login of it. */
    static String python(String name) {
        return new GuestScript(GuestScript.loadAsIs(PtyBridge.class, name))
                .with("LOGIN", new GuestScript(GuestScript.loadAsIs(PtyBridge.class, "login.py")))
                .with("MODES", GuestScript.terminalModes("py"))
                .text();
    }

    /** How a start went. */
    enum Start {
        READY,
        NO_PTY,
        NO_SPOOL,
        NO_USER,
        /** The guest said something else. */
        UNREADABLE
    }

    static String folder(String spool, TerminalId id) {
        return spool + "/" + id + ".pty";
    }

    static ExecCommand start(String spool, TerminalId id, PtySpec spec, Duration patience) {
        return shell(header(spool, id).then(START), PERL, PYTHON)
                .withInput(conf(spec, patience).getBytes(StandardCharsets.US_ASCII));
    }

    /** Asks whether the bridge is still there. */
    static ExecCommand lives(String spool, TerminalId id) {
        return shell(header(spool, id).then(LIVES));
    }

    /** What {@link #lives} has answered. */
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

    /** A name and a value in hexadecimal digits on each line: neither perl-base nor an old python3 has to parse more. */
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
