// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.CreateSavedCommand;
import dev.bellhop.api.v2.SavedCommandView;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "create",
        description = "Save a command under a name, as its next version. Needs the scope admin:account or admin.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "FILE has at least a name, and command or argv. A word {{name}} in argv is a parameter.",
            "",
            "Example:",
            "  echo '{\"name\": \"status\", \"argv\": [\"systemctl\", \"status\", \"{{unit}}\"],",
            "    \"parameters\": [{\"name\": \"unit\", \"type\": \"string\", \"as\": \"argument\"}]}' |",
            "    bellhop saved-command create -"
        })
final class SavedCommandCreateCommand implements Callable<Integer> {

    private final CliContext context;

    @Parameters(paramLabel = "FILE", description = "The command, as JSON; - for standard input.")
    private String file = "";

    @Mixin
    private final ClientOptions options;

    SavedCommandCreateCommand(CliContext context, ClientOptions before) {
        this.context = context;
        this.options = new ClientOptions(context, before);
    }

    @Override
    public Integer call() throws InterruptedException {
        CreateSavedCommand wanted = JsonFile.read(context, file, CreateSavedCommand.class);
        SavedCommandView saved;
        try (BellhopClient client = options.connect()) {
            saved = client.createSavedCommand(wanted);
        }
        if (options.json()) {
            context.terminal().json(saved);
        } else {
            context.terminal().say("Saved version " + saved.version() + " of " + saved.name());
        }
        return 0;
    }
}
