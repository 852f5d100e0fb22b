// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.access;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.Page;
import dev.bellhop.api.v2.admin.CreateSavedCommand;
import dev.bellhop.api.v2.admin.SavedCommandView;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.CliException;
import dev.bellhop.cli.command.ClientCommand;
import dev.bellhop.cli.command.ClientOptions;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "show",
        description =
                "Print a saved command in the form that 'create' takes; with --json, all its versions. Needs the scope"
                        + " read:vm.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Only keys with write:vm or admin:account see what it runs.",
            "",
            "Example:",
            "  bellhop saved-command show deploy > deploy.json"
        })
final class SavedCommandShowCommand extends ClientCommand {

    @Mixin
    private final AccountOption account = new AccountOption();

    @Option(names = "--saved-version", paramLabel = "NUMBER", description = "Which version. Default: the newest.")
    private @Nullable Integer version;

    @Parameters(paramLabel = "NAME", description = "The name of the saved command.")
    private String name = "";

    SavedCommandShowCommand(CliContext context, ClientOptions global) {
        super(context, global);
    }

    @Override
    protected int run(BellhopClient client) throws InterruptedException {
        Page<SavedCommandView> versions = client.savedCommands().versions(name, account.id(client));
        if (options.json()) {
            terminal.json(versions);
            return 0;
        }
        SavedCommandView shown = versions.items().stream()
                .filter(one -> version == null || one.version() == version)
                .findFirst()
                .orElseThrow(() -> new CliException("Cannot show this version of " + name
                        + " because it is not kept; those that are: "
                        + versions.items().stream()
                                .map(one -> Integer.toString(one.version()))
                                .collect(Collectors.joining(", "))));
        terminal.json(new CreateSavedCommand(
                shown.name(),
                shown.description(),
                shown.account(),
                shown.command(),
                shown.argv(),
                shown.shell(),
                shown.env(),
                shown.user(),
                shown.cwd(),
                shown.timeoutSeconds(),
                shown.stdin(),
                shown.parameters()));
        return 0;
    }
}
