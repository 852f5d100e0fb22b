// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.script;

import dev.bellhop.qga.ExecCommand;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** How a Windows guest is given a text of PowerShell: in base64 of UTF-16, so that nothing on its way reads anything in it. */
public final class PowerShell {
    public static final String PROGRAM = "powershell.exe";

    private PowerShell() {}

    /** Starts it with a text, of which a command line holds about 12,000 characters. */
    public static ExecCommand command(String text) {
        return command(text, List.of());
    }

    /** @param options of PowerShell's own, beside those that it always has */
    static ExecCommand command(String text, List<String> options) {
        List<String> args =
                new ArrayList<>(List.of("-NoLogo", "-NoProfile", "-NonInteractive", "-OutputFormat", "Text"));
        args.addAll(options);
        args.addAll(List.of(
                "-EncodedCommand", Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_16LE))));
        return ExecCommand.of(PROGRAM, args.toArray(String[]::new));
    }

    /** A text of PowerShell's that stands for itself. PowerShell takes the typographic quotes for quotes too. */
    public static String quote(String text) {
        return "'" + text.replaceAll("['\u2018\u2019\u201A\u201B]", "$0$0") + "'";
    }
}
