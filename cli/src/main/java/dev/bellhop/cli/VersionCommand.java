// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import dev.bellhop.cli.command.CliContext;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

@Command(name = "version", description = "Print the version.")
final class VersionCommand implements Callable<Integer> {

    private final CliContext context;

    VersionCommand(CliContext context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        context.terminal().out().println(VersionProvider.text());
        return 0;
    }
}
