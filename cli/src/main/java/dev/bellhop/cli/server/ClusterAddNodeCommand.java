// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.server;

import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.CliException;
import dev.bellhop.server.cluster.NodeId;
import dev.bellhop.server.cluster.credentials.ClusterKeys;
import dev.bellhop.server.cluster.credentials.NodeFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code bellhop cluster add-node}. */
@Command(
        name = "add-node",
        description = "Make the credentials of a node, to be carried to its host. It needs no server.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Whoever has them is that node: move the folder to the node's host, and leave",
            "no copy behind. They are valid for 30 days; with --renew they are renewed in",
            "place.",
            "",
            "Example:",
            "  bellhop cluster add-node host-1 host-1 --keys cluster/api"
        })
final class ClusterAddNodeCommand implements Callable<Integer> {
    private final CliContext context;

    @Spec
    @SuppressWarnings("NullAway.Init") // Set by picocli before anything is called.
    private CommandSpec spec;

    @Parameters(
            index = "0",
            paramLabel = "NAME",
            description = "The node's name, such as its host's: lowercase letters, digits and hyphens.")
    private String name = "";

    @Parameters(index = "1", paramLabel = "FOLDER", description = "The folder to make. It must not exist.")
    private Path folder = Path.of("");

    @Option(
            names = "--keys",
            required = true,
            paramLabel = "DIR",
            description = "The folder api that 'bellhop cluster init' made.")
    private Path keys = Path.of("");

    @Option(names = "--renew", description = "Renew the credentials in FOLDER. Its key stays.")
    private boolean renew;

    ClusterAddNodeCommand(CliContext context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        NodeId node = NodeId.parse(name)
                .orElseThrow(() -> new ParameterException(
                        spec.commandLine(),
                        "'" + name + "' cannot be a node's name: it has lowercase letters, digits and hyphens, at most "
                                + NodeId.MAX_LENGTH));
        try {
            ClusterKeys signing = ClusterKeys.read(keys);
            if (renew) {
                NodeFolder.renew(signing, node, folder, context.clock().instant());
                context.terminal().say("Renewed the credentials of node " + node + " in " + folder);
            } else {
                NodeFolder.create(
                        signing,
                        node,
                        keys.resolve(ClusterKeys.CA_FILE),
                        folder,
                        context.clock().instant());
                context.terminal()
                        .say("Made the credentials of node " + node + " in " + folder
                                + ". Move the folder to the node's host, and name it there as cluster.credentials");
            }
            return 0;
        } catch (IOException e) {
            throw new CliException(String.valueOf(e.getMessage()));
        }
    }
}
