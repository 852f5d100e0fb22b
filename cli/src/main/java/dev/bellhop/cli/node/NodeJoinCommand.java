// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.node;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.TrustedAuthorities;
import dev.bellhop.api.client.error.BellhopApiException;
import dev.bellhop.api.v2.node.JoinedNode;
import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.CliException;
import dev.bellhop.server.cluster.credentials.NodeFolder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code bellhop node join}. */
@Command(
        name = "join",
        description = "Get this host the credentials of a node, for the token that 'bellhop node add' printed.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Prints what goes into the node's configuration. The node's key is made here",
            "and stays here. If no answer came, run it again: a token works once, and again",
            "for the same folder.",
            "",
            "Example:",
            "  bellhop node join https://api.example:8443 - <token"
        })
final class NodeJoinCommand implements Callable<Integer> {

    /** Where the service may write, as a node renews its token. */
    private static final String DEFAULT = "/var/lib/bellhop-node/credentials";

    private static final int MAX_TOKEN_BYTES = 1_000;

    private final CliContext context;

    @Parameters(
            index = "0",
            paramLabel = "URL",
            description = "An API server. It has to be https, except on this machine itself.")
    private String url = "";

    @Parameters(index = "1", paramLabel = "TOKEN", description = "The token; - to read it from standard input.")
    private String token = "";

    @Option(
            names = "--dir",
            paramLabel = "DIR",
            description = "The folder to make for the credentials. Default: " + DEFAULT + ".")
    private Path folder = Path.of(DEFAULT);

    @Option(
            names = "--ca",
            paramLabel = "FILE",
            description = "Trust only the authorities in this PEM file for https. Default: those that Java trusts.")
    private @Nullable Path ca;

    NodeJoinCommand(CliContext context) {
        this.context = context;
    }

    @Override
    public Integer call() throws InterruptedException {
        URI server = server();
        String secret = token.equals("-") ? fromStdin() : token;
        try (BellhopClient client = BellhopClient.withoutKey(
                server,
                ca == null ? null : TrustedAuthorities.read(ca),
                context.connectTimeout(),
                context.requestTimeout())) {
            // Before the request: should its answer be lost, the same key is needed again.
            JoinedNode joined = client.nodes().join(secret, NodeFolder.prepare(folder));
            NodeFolder.complete(folder, joined.jwt(), joined.authorities());
            context.terminal().printLine("cluster:");
            context.terminal().printLine("  name: " + joined.name());
            context.terminal().printLine("  nats: " + String.join(",", joined.nats()));
            context.terminal().printLine("  credentials: " + folder.toAbsolutePath());
            context.terminal()
                    .say("This host has the credentials of node " + joined.name() + " in " + folder
                            + ". Put the lines above into the node's configuration, and start 'bellhop node run'");
            return 0;
        } catch (BellhopApiException e) {
            // What is said elsewhere of refused keys would mislead.
            throw new CliException(String.valueOf(e.getMessage()));
        } catch (IOException | IllegalArgumentException e) {
            throw new CliException(String.valueOf(e.getMessage()));
        }
    }

    private URI server() {
        try {
            URI server = new URI(url);
            if ("http".equalsIgnoreCase(server.getScheme()) && !isOwnMachine(server.getHost())) {
                throw new CliException(
                        "Cannot join over http because the token would be there for everyone on the way to read; give an"
                                + " https URL");
            }
            return server;
        } catch (URISyntaxException e) {
            throw new CliException(
                    "Cannot use the URL because it is malformed; it must be like https://api.example:8443");
        }
    }

    private static boolean isOwnMachine(@Nullable String host) {
        if (host == null) {
            return false;
        }
        try {
            return host.equals("localhost")
                    || InetAddress.ofLiteral(host.replaceAll("^\\[(.*)]$", "$1"))
                            .isLoopbackAddress();
        } catch (IllegalArgumentException notAnAddress) {
            return false;
        }
    }

    private String fromStdin() {
        try {
            return new String(context.stdin().bytes().readNBytes(MAX_TOKEN_BYTES), StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            throw new CliException("Cannot read the token from standard input");
        }
    }
}
