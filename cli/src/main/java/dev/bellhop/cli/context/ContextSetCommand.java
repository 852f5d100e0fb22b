// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.context;

import dev.bellhop.cli.command.CliContext;
import dev.bellhop.cli.command.CliException;
import dev.bellhop.cli.command.ClientOptions;
import dev.bellhop.cli.command.Contexts;
import dev.bellhop.cli.terminal.Printable;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "set",
        description = "Create or replace a context. The first one is used at once.",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Contexts are stored in ~/.config/bellhop/config.yaml, and keys only in the files that they name.",
            "",
            "Example:",
            "  bellhop context set prod --url https://bellhop.example:8443 \\",
            "    --key-file ~/.config/bellhop/prod.key --ca /etc/bellhop/ca.crt"
        })
final class ContextSetCommand implements Callable<Integer> {

    private final CliContext context;

    @Option(names = "--url", required = true, paramLabel = "URL", description = "The server.")
    private String url = "";

    @Option(
            names = "--key-file",
            paramLabel = "FILE",
            description = "A file that holds the API key. Default: the key in BELLHOP_KEY.")
    private @Nullable Path keyFile;

    @Option(
            names = "--ca",
            paramLabel = "FILE",
            description =
                    "Trust only the authorities in this PEM file for https. Default: BELLHOP_CA, or those that Java"
                            + " trusts.")
    private @Nullable Path ca;

    @Parameters(paramLabel = "NAME", description = "A name for it.")
    private String name = "";

    ContextSetCommand(CliContext context, ClientOptions global) {
        this.context = context;
    }

    @Override
    public Integer call() {
        Contexts contexts =
                Contexts.read(context).with(name, new Contexts.Context(usable(url), absolute(ca), absolute(keyFile)));
        boolean first = contexts.all().size() == 1;
        (first ? contexts.using(name) : contexts).write();
        context.terminal().say("Set context " + name + (first ? "; it is now in use" : ""));
        return 0;
    }

    private static String usable(String url) {
        try {
            URI uri = new URI(url);
            String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
            if ((scheme.equals("http") || scheme.equals("https")) && uri.getHost() != null) {
                return url;
            }
        } catch (URISyntaxException e) {
            // Refused like the others.
        }
        throw new CliException("Cannot use the URL " + Printable.line(url)
                + "; it must be http or https and name a host, like https://bellhop.example:8443");
    }

    /** The context is used in other folders than the present one too. */
    private static @Nullable String absolute(@Nullable Path path) {
        return path == null || path.startsWith("~")
                ? Objects.toString(path, null)
                : path.toAbsolutePath().normalize().toString();
    }
}
