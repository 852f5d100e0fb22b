// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.v2.CreateSavedCommand;
import dev.bellhop.api.v2.Page;
import dev.bellhop.api.v2.SavedCommandView;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "show",
        description =
                "Print a saved command as 'create' takes it; with --output json all its versions. Needs the scope read:vm.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "What it runs is shown to keys with write:vm or admin:account.",
            "",
            "Example:",
            "  bellhop saved-command show deploy > deploy.json"
        })
final class SavedCommandShowCommand implements Callable<Integer> {

    private final CliContext context;

    @Option(
            names = "--account",
            paramLabel = "ID",
            description = "Whose it is, an account's id; needs the scope admin. Default: that of the key in use.")
    private @Nullable String account;

    @Option(names = "--saved-version", paramLabel = "NUMBER", description = "Which version. Default: the newest.")
    private @Nullable Integer version;

    @Parameters(paramLabel = "NAME", description = "The name of the saved command.")
    private String name = "";

    @Mixin
    private final ClientOptions options;

    SavedCommandShowCommand(CliContext context, ClientOptions before) {
        this.context = context;
        this.options = new ClientOptions(context, before);
    }

    @Override
    public Integer call() throws InterruptedException {
        Page<SavedCommandView> versions;
        try (BellhopClient client = options.connect()) {
            versions = client.savedCommand(name, account);
        }
        if (options.json()) {
            context.terminal().json(versions);
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
        context.terminal()
                .json(new CreateSavedCommand(
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
