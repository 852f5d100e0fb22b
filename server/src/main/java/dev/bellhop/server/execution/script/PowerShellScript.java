// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.execution.script;

import dev.bellhop.server.execution.GuestText;
import java.util.List;
import java.util.stream.Collectors;

/** The PowerShell text around a command on Windows. Written for Windows PowerShell 5.1, which every Windows has. */
final class PowerShellScript {
    /** Output as UTF-8 without a byte order mark, and no progress bars, which would go to a stderr that is no console. */
    private static final String START = """
            $ProgressPreference='SilentlyContinue'
            $OutputEncoding=New-Object System.Text.UTF8Encoding $false
            try{[Console]::OutputEncoding=$OutputEncoding}catch{}
            """;

    private static final String PROGRAM = """
            $bellhop=New-Object System.Diagnostics.ProcessStartInfo
            $bellhop.FileName=%s
            $bellhop.Arguments=%s
            $bellhop.UseShellExecute=$false
            $bellhop.WorkingDirectory=(Get-Location -PSProvider FileSystem).ProviderPath
            $bellhop=[System.Diagnostics.Process]::Start($bellhop)
            $bellhop.WaitForExit()
            exit $bellhop.ExitCode
            """;

    /** Byte by byte, so that what follows is left to the command. */
    private static final String SECRETS = """
            $bellhop=[Console]::OpenStandardInput()
            $bellhopText=New-Object System.Text.StringBuilder
            while(($bellhopByte=$bellhop.ReadByte()) -gt 10){[void]$bellhopText.Append([char]$bellhopByte)}
            $bellhopText=[System.Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($bellhopText.ToString()))
            foreach($bellhop in $bellhopText.Split([char]0)){
            $bellhop=$bellhop.Split([char[]]'=',2)
            [Environment]::SetEnvironmentVariable($bellhop[0],$bellhop[1])
            }
            $bellhopText=$null
            $bellhop=$null
            """;

    private PowerShellScript() {}

    /**
     * Runs a text of PowerShell. It exits with what the text's last program returned, as a shell does, or with 1 where
     * its last statement failed. The text stands in quotes, so that a brace too many in it cannot reach what is around it.
     */
    static String text(GuestCommand command, String text) {
        return START + place(command) + """
            $global:LASTEXITCODE=$null
            . ([ScriptBlock]::Create(%s))
            $bellhopOk=$?
            if($null -ne $global:LASTEXITCODE){exit $global:LASTEXITCODE}
            if(-not $bellhopOk){exit 1}
            """.formatted(PowerShell.quote(text));
    }

    /** Runs cmd with what comes after its name, as it stands, and the agent's streams as its own. */
    static String cmd(GuestCommand command, String arguments) {
        return START + place(command) + PROGRAM.formatted("$env:ComSpec", PowerShell.quote(arguments));
    }

    /** Runs a program with arguments that it reads as C does, and the agent's streams as its own. */
    static String program(GuestCommand command, List<String> argv) {
        String arguments = argv.stream().skip(1).map(PowerShellScript::argument).collect(Collectors.joining(" "));
        return START
                + place(command)
                + PROGRAM.formatted(PowerShell.quote(argv.getFirst()), PowerShell.quote(arguments));
    }

    private static String place(GuestCommand command) {
        StringBuilder place = new StringBuilder(command.secretEnv().isEmpty() ? "" : SECRETS);
        command.env()
                .forEach((name, value) -> place.append("[Environment]::SetEnvironmentVariable(")
                        .append(PowerShell.quote(name))
                        .append(',')
                        .append(PowerShell.quote(value))
                        .append(")\n"));
        String cwd = command.cwd();
        if (cwd != null) {
            place.append("""
            try{Set-Location -LiteralPath %s -ErrorAction Stop}catch{\
            [Console]::Error.WriteLine('bellhop: Cannot run the command because its user cannot enter the directory of cwd');exit 126}
            """.formatted(cwd.equals(GuestText.HOME) ? "$HOME" : PowerShell.quote(cwd)));
        }
        return place.toString();
    }

    /** An argument between quotes: before a quote, and before the closing one, backslashes are doubled. */
    static String argument(String text) {
        return '"' + text.replaceAll("(\\\\*)\"", "$1$1\\\\\"").replaceAll("(\\\\+)$", "$1$1") + '"';
    }
}
