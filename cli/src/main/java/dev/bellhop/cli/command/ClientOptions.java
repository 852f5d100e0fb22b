// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.command;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.TrustedAuthorities;
import dev.bellhop.cli.terminal.ShellWords;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How to reach the server and how to print. Every command that talks to a server takes these, before its name or after. */
public final class ClientOptions {

    private static final String DEFAULT_URL = "http://127.0.0.1:8080";

    private static final Pattern KEY = Pattern.compile("bellhop_([0-9a-f]+)_.*");
    private static final Pattern WHOLE_KEY = Pattern.compile("bellhop_([0-9a-f]{12})_[0-9a-f]{64}");

    private final CliContext context;
    private final @Nullable ClientOptions global;

    @Option(
            names = "--url",
            order = 1, // After the command's own options where those are not sorted.
            paramLabel = "URL",
            description = "The server. Default: BELLHOP_URL, that of the context, or " + DEFAULT_URL)
    private @Nullable String url;

    @Option(
            names = "--key",
            order = 2,
            paramLabel = "KEY",
            description =
                    "The API key. Default: BELLHOP_KEY, then that of the context; with --context the other way round."
                            + " Other users can see this option, but not the variable.")
    private @Nullable String key;

    @Option(
            names = "--ca",
            order = 3,
            paramLabel = "FILE",
            description =
                    "Trust only the authorities in this PEM file for https. Default: BELLHOP_CA, then those of the"
                            + " context; with --context the other way round. Otherwise those that Java trusts.")
    private @Nullable Path ca;

    @Option(
            names = {"-o", "--output"},
            order = 4,
            paramLabel = "FORMAT",
            description = "text (default) or json.")
    private @Nullable OutputFormat output;

    @Option(
            names = "--context",
            order = 5,
            paramLabel = "NAME",
            description =
                    "The server named with 'bellhop context set'. Default: BELLHOP_CONTEXT, or the context in use.")
    private @Nullable String contextName;

    @Option(names = "--json", order = 6, description = "The same as --output json.")
    private boolean json;

    /** Read once, when it is needed. */
    private @Nullable Contexts contexts;

    /** @param global the options before the command; these here override them */
    public ClientOptions(CliContext context, @Nullable ClientOptions global) {
        this.context = context;
        this.global = global;
    }

    public BellhopClient connect() {
        Setting given = key();
        String key = given.value();
        if (key.isEmpty()) {
            if (given.fromContext()) {
                throw new CliException("Cannot use " + given.source() + ", because it is empty; put the key into it");
            }
            throw new CliException(
                    "Cannot ask the server without an API key; set BELLHOP_KEY, or see 'bellhop context set'."
                            + " A server writes its first key to admin.key in its data folder");
        }
        TrustedAuthorities authorities = authorities();
        try {
            return new BellhopClient(
                    new URI(url()), key, authorities, context.connectTimeout(), context.requestTimeout());
        } catch (URISyntaxException e) {
            throw malformedUrl();
        } catch (IllegalArgumentException e) {
            throw new CliException(
                    e.getMessage() + "; the URL must be like " + DEFAULT_URL + ", the key as the server printed it");
        }
    }

    /** For whoever has a ticket: a key is neither needed nor sent. */
    public BellhopClient connectWithoutKey() {
        TrustedAuthorities authorities = authorities();
        try {
            return BellhopClient.withoutKey(
                    new URI(url()), authorities, context.connectTimeout(), context.requestTimeout());
        } catch (URISyntaxException e) {
            throw malformedUrl();
        } catch (IllegalArgumentException e) {
            throw new CliException(e.getMessage() + "; the URL must be like " + DEFAULT_URL);
        }
    }

    private static CliException malformedUrl() {
        return new CliException("Cannot use the URL because it is malformed; it must be like " + DEFAULT_URL);
    }

    /** The host of the server, for what else listens there. */
    public String serverHost() {
        try {
            String host = new URI(url()).getHost();
            if (host != null) {
                return host.replaceAll("^\\[|]$", "");
            }
        } catch (URISyntaxException e) {
            // As if there were none.
        }
        throw new CliException("Cannot tell the host of the server from the URL; it must be like " + DEFAULT_URL);
    }

    /** The id of the key in use, which stands in the key itself; absent where it is no key of Bellhop's. */
    public Optional<String> keyId() {
        Matcher key = KEY.matcher(key().value());
        return key.matches() ? Optional.of(key.group(1)) : Optional.empty();
    }

    /** What to do where the server does not accept the key in use, which does not say why: it tells strangers nothing. */
    public String refusedKeyHint() {
        Setting key = key();
        Matcher whole = WHOLE_KEY.matcher(key.value());
        return whole.matches()
                ? "The key is " + whole.group(1) + ", from " + key.source()
                        + ". An admin's 'bellhop key list' shows whether it has expired or was revoked, 'bellhop key create'"
                        + " makes another. For a lost admin key, run 'bellhop admin-key new' on the server's machine."
                : "The key from " + key.source()
                        + " is not whole: a key is bellhop_, 12 digits, _ and 64 digits. Copy it"
                        + " again, without quotes.";
    }

    public boolean json() {
        return json || (global != null && global.json) || given(options -> options.output) == OutputFormat.JSON;
    }

    /** The options that another command needs to reach the same server; empty if the environment says it all. */
    public String serverOptions() {
        return option("--context", given(options -> options.contextName))
                + option("--url", given(options -> options.url))
                + option("--ca", given(options -> options.ca));
    }

    private static String option(String name, @Nullable Object value) {
        return value == null ? "" : " " + name + " " + ShellWords.quote(value.toString());
    }

    /** What stands after the command or, if that is nothing, before it. */
    private <T> @Nullable T given(Function<ClientOptions, @Nullable T> option) {
        T own = option.apply(this);
        return own != null || global == null ? own : option.apply(global);
    }

    /**
     * The context that names the server; absent if the server is named otherwise. Its key goes to its own server only.
     *
     * @throws CliException if there is none of the name that was given
     */
    private Contexts.@Nullable Context context() {
        String name = given(options -> options.contextName);
        if (given(options -> options.url) != null
                || (name == null && !context.env("BELLHOP_URL", "").isEmpty())) {
            return null;
        }
        if (contexts == null) {
            contexts = Contexts.read(context);
        }
        String chosen = name != null ? name : context.env("BELLHOP_CONTEXT", "");
        String used = chosen.isEmpty() ? contexts.current() : chosen;
        return used == null ? null : contexts.get(used);
    }

    /** Whether the context goes before the environment: it was named on the command line. */
    private boolean contextFirst() {
        return given(options -> options.contextName) != null;
    }

    private @Nullable TrustedAuthorities authorities() {
        Setting ca = setting(given(options -> options.ca), "--ca", "BELLHOP_CA", Contexts.Context::ca);
        if (ca.value().isEmpty()) {
            return null;
        }
        try {
            return TrustedAuthorities.read(Path.of(expand(ca.value())));
        } catch (InvalidPathException e) {
            throw new CliException("Cannot use " + ca.source() + " because it is not the name of a file");
        } catch (IllegalArgumentException e) {
            throw new CliException(
                    e.getMessage() + "; see " + (ca.fromContext() ? "'bellhop context list'" : "--ca and BELLHOP_CA"));
        }
    }

    private String url() {
        String given = given(options -> options.url);
        if (given != null) {
            return given;
        }
        Contexts.Context used = context();
        return used != null ? used.url() : context.env("BELLHOP_URL", DEFAULT_URL);
    }

    /** Its value is empty if there is none. */
    private Setting key() {
        Setting key = setting(given(options -> options.key), "--key", "BELLHOP_KEY", Contexts.Context::keyFile);
        if (!key.fromContext()) {
            return key;
        }
        String file = expand(key.value());
        try {
            return new Setting(Files.readString(Path.of(file)).strip(), file + ", the key file of the context", true);
        } catch (IOException | InvalidPathException e) {
            throw new CliException("Cannot read the key of the context from " + file + " because "
                    + (e instanceof IOException failed ? JsonFile.reason(failed) : "that is not the name of a file")
                    + "; correct that, or name another file with 'bellhop context set'");
        }
    }

    /**
     * What was given, or else what the environment or the context has.
     *
     * @param value empty for nothing
     * @param source as a person would say it
     */
    private record Setting(String value, String source, boolean fromContext) {
        @Override
        public String toString() {
            return source; // The value may be a key.
        }
    }

    private Setting setting(
            @Nullable Object given,
            String option,
            String variable,
            Function<Contexts.Context, @Nullable String> inContext) {
        if (given != null) {
            return new Setting(given.toString().strip(), option, false);
        }
        String fromVariable = context.env(variable, "").strip();
        Contexts.Context used = context();
        String fromContext = used == null ? null : inContext.apply(used);
        return fromContext != null && (contextFirst() || fromVariable.isEmpty())
                ? new Setting(fromContext, "the path in the context", true)
                : new Setting(fromVariable, variable, false);
    }

    /** As a shell would: no shell has seen the file of the contexts, nor a line that is being typed. */
    private String expand(String path) {
        return path.startsWith("~/") ? context.env("HOME", "~") + path.substring(1) : path;
    }
}
