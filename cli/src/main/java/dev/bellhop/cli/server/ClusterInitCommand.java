// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.server;

import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.CliException;
import dev.bellhop.server.cluster.credentials.ClusterFolder;
import dev.bellhop.server.cluster.credentials.ClusterFolder.OwnTls;
import dev.bellhop.server.cluster.credentials.ClusterFolder.Request;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code bellhop cluster init}. */
@Command(
        name = "init",
        description = "Make the keys of a cluster, and the configuration of its NATS server. It needs no server.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Run it once, where nobody else reads your files. Running it again changes",
            "nothing. The folders in DIR are for different machines: nats for the one with",
            "nats-server, api for each API server, nodes for each node, and offline for a",
            "safe place.",
            "",
            "Example:",
            "  bellhop cluster init cluster --nats-host nats.example"
        })
final class ClusterInitCommand implements Callable<Integer> {
    private static final int MAX_PORT = 65_535;

    private final CliContext context;

    @Spec
    @SuppressWarnings("NullAway.Init") // Set by picocli before anything is called.
    private CommandSpec spec;

    @Parameters(paramLabel = "DIR", description = "The folder to make. It must not exist, or be empty.")
    private Path folder = Path.of("");

    @Option(
            names = "--nats-host",
            required = true,
            paramLabel = "NAME",
            description = "A name or an address by which nodes and API servers reach NATS. Repeat it for more.")
    private List<String> hosts = new ArrayList<>();

    @Option(
            names = "--nats-port",
            paramLabel = "PORT",
            defaultValue = "4222",
            description = "Where NATS listens. Default: 4222.")
    private int port = 4_222;

    @Option(
            names = "--nats-folder",
            paramLabel = "PATH",
            description = "Where the folder nats will lie on NATS's machine. Default: where it is made.")
    private @Nullable Path natsFolder;

    @ArgGroup(exclusive = false)
    private @Nullable Tls tls;

    /** A certificate of the operator's own. */
    private static final class Tls {
        @Option(
                names = "--tls-ca",
                required = true,
                paramLabel = "FILE",
                description = "The authority that signed NATS's certificate, in PEM. Default: one is made.")
        private Path authority = Path.of("");

        @Option(
                names = "--tls-certificate",
                required = true,
                paramLabel = "FILE",
                description = "Where that certificate lies on NATS's machine.")
        private Path certificate = Path.of("");

        @Option(
                names = "--tls-key",
                required = true,
                paramLabel = "FILE",
                description = "Where its key lies on NATS's machine.")
        private Path key = Path.of("");
    }

    ClusterInitCommand(CliContext context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        if (port < 1 || port > MAX_PORT) {
            throw new ParameterException(spec.commandLine(), "--nats-port has to be from 1 to " + MAX_PORT);
        }
        try {
            // All here: picocli looks at the methods, and where the client is alone, their types are missing.
            Tls given = tls;
            OwnTls own = given == null
                    ? null
                    : new OwnTls(given.authority, given.certificate.toAbsolutePath(), given.key.toAbsolutePath());
            Request request =
                    new Request(folder, hosts, port, natsFolder == null ? null : natsFolder.toAbsolutePath(), own);
            boolean made = ClusterFolder.create(request, context.clock().instant());
            context.terminal()
                    .say(made ? nextSteps() : folder + " has the keys of a cluster already. Nothing is changed");
            return 0;
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
        } catch (IOException e) {
            throw new CliException(String.valueOf(e.getMessage()));
        }
    }

    private String nextSteps() {
        return "Made " + folder + ". Copy its folder nats to NATS's machine"
                + (natsFolder == null ? "" : " as " + natsFolder)
                + ", let the user of nats-server own it, and start nats-server with its nats.conf; copy api to each API"
                + " server and nodes/ca.pem to each node; then move offline to a safe place";
    }
}
