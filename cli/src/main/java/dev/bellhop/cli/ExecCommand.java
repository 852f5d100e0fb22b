// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.BellhopTransportException;
import dev.bellhop.api.v1.ExecRequest;
import dev.bellhop.api.v1.ExecStarted;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "exec",
        description = "Run a command in a VM, wait for it and pass on its output and exit code.",
        customSynopsis = {
            "bellhop exec [OPTIONS] VMID -- COMMAND...",
            "       bellhop exec [OPTIONS] VMID -- 'SHELL TEXT'"
        },
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        exitCodeOnInvalidInput = GuestResult.EXIT_FAILED,
        exitCodeOnExecutionException = GuestResult.EXIT_FAILED,
        footer = {
            "",
            "One COMMAND argument is shell text and runs as it is. Several are a program and its arguments, which it"
                    + " gets exactly as you typed them (they are quoted for a POSIX shell).",
            "",
            "The command has no standard input and no terminal. Its output comes when it has ended. Ctrl-C ends the"
                    + " waiting, not the command.",
            "",
            "Exit codes: the command's own, or 128 + signal; 130 after Ctrl-C; 255 where there is none, because the"
                    + " command line is wrong, Bellhop failed, or nobody knows how the command ended. Standard error"
                    + " then says why.",
            "",
            "Examples:",
            "  bellhop exec 10000 -- systemctl restart nginx",
            "  bellhop exec 10000 -- 'df -h | sort -k5 && uptime'",
            "  bellhop exec --output json 10000 -- uname -a | jq .exitcode"
        })
final class ExecCommand implements Callable<Integer> {

    private final CliContext context;

    @Mixin
    private final ClientOptions options;

    @Parameters(index = "0", paramLabel = "VMID", converter = Vmid.class, description = "The VM.")
    private long vmid;

    @Parameters(index = "1..*", arity = "1..*", paramLabel = "COMMAND", description = "What to run, after --.")
    private List<String> command = List.of();

    ExecCommand(CliContext context, ClientOptions before) {
        this.context = context;
        this.options = new ClientOptions(context, before);
    }

    @Override
    public Integer call() throws InterruptedException {
        String text = checked(ShellText.of(command));
        try (BellhopClient client = options.connect();
                Farewell farewell = new Farewell(context.terminal(), options.urlOption(), vmid)) {
            farewell.starting();
            ExecStarted started = start(client, text);
            farewell.waitingFor(started.pid());
            return new GuestResult(context, client, options.json(), farewell).await(vmid, started.pid());
        }
    }

    private ExecStarted start(BellhopClient client, String text) throws InterruptedException {
        try {
            return client.exec(vmid, text);
        } catch (BellhopTransportException e) {
            if (e.kind() == BellhopTransportException.Kind.NOT_CONNECTED) {
                throw e;
            }
            throw new CliException(e.getMessage() + ".\nWhether the command was started cannot be told:"
                    + " look for its effect in VM " + vmid + " before you run it again");
        }
    }

    private static String checked(String text) {
        if (text.isBlank()) {
            throw new CliException("Cannot run a command that is empty");
        }
        if (text.indexOf('\uFFFD') >= 0) {
            // What the JVM makes of arguments that it cannot decode. Running something else than was typed is worse
            // than
            // refusing the rare command that really has this character in it.
            throw new CliException("Cannot pass on the command because it has characters that are not valid in this"
                    + " locale; set LC_ALL=C.UTF-8, or write them as escapes, such as $(printf '\\303\\251')");
        }
        int length = text.codePointCount(0, text.length());
        if (length > ExecRequest.MAX_COMMAND_LENGTH) {
            throw new CliException("Cannot run the command because it has " + length
                    + " characters, with its quotes, and " + ExecRequest.MAX_COMMAND_LENGTH
                    + " are the limit; put it into a script in the guest and run that");
        }
        return text;
    }
}
