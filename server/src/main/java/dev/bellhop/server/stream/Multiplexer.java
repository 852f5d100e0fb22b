// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.stream;

import dev.bellhop.server.execution.script.GuestScript;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;

/** The script that is the guest's end of a stream, in Perl and in Python. */
enum Multiplexer {
    PERL("pl", "our $PORT = '%s'; our $NONCE = '%s';\n", "command -v perl >/dev/null 2>&1 || exit 77; exec perl -"),
    PYTHON(
            "py",
            "PORT = '%s'; NONCE = '%s'\n",
            "for p in python3 /usr/libexec/platform-python; do command -v $p >/dev/null 2>&1 && exec $p -IS -; done; exit 77");

    /** Moves the script out of the agent's systemd unit, so an upgrade of the agent does not end the stream. */
    private static final String LEAVE_THE_AGENTS_UNIT =
            "if [ -d /run/systemd/system ]; then\n" + GuestScript.ownUnit().text() + "fi\n";

    private final String head;
    private final String command;
    private final String program;

    Multiplexer(String language, String head, String command) {
        this.head = head;
        this.command = command;
        this.program = shortened(GuestScript.terminalModes(language).text())
                + shortened(GuestScript.loadAsIs(Multiplexer.class, "multiplexer." + language));
    }

    /** Removes comments and blank lines, because the agent's channel is slow. */
    private static String shortened(String program) {
        return program.lines()
                .filter(line -> !line.isBlank() && !line.stripLeading().startsWith("#"))
                .collect(Collectors.joining("\n", "", "\n"));
    }

    /** Returns the arguments of {@code /bin/sh} that run the program on its stdin. */
    List<String> shellArguments() {
        return List.of("-c", LEAVE_THE_AGENTS_UNIT + command);
    }

    /**
     * Returns the program for stdin. Other processes of the guest can read arguments, but must not read the nonce.
     *
     * @param port the name of the port, or, for tests, the path of a Unix socket
     */
    byte[] program(String port, byte[] nonce) {
        return (head.formatted(port, HexFormat.of().formatHex(nonce)) + program).getBytes(StandardCharsets.UTF_8);
    }
}
