// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.access;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.admin.CreateSavedCommand;
import dev.bellhop.api.v2.admin.SavedCommandView;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.JsonFile;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "create",
        description = "Save a command under a name, as a new version. Needs admin:account or admin.",
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
final class SavedCommandCreateCommand extends ClientCommand {

    @Parameters(paramLabel = "FILE", description = "The command, as JSON; - for standard input.")
    private Path file = Path.of("");

    SavedCommandCreateCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        CreateSavedCommand wanted = JsonFile.read(context, file, CreateSavedCommand.class);
        SavedCommandView saved = client.savedCommands().create(wanted);
        return print(saved, () -> terminal.say("Saved version " + saved.version() + " of " + saved.name()));
    }
}
