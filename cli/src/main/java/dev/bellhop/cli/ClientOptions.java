// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli;

import dev.bellhop.api.client.BellhopClient;
import dev.bellhop.api.client.TrustedAuthorities;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How to reach the server and how to print, for every command that talks to one; before the command or after it. */
final class ClientOptions {

    static final String DEFAULT_URL = "http://127.0.0.1:8080";

    private final CliContext context;
    private final @Nullable ClientOptions before;

    @Option(
            names = "--url",
            paramLabel = "URL",
            description = {"The server. Default: BELLHOP_URL, or", DEFAULT_URL})
    private @Nullable String url;

    @Option(
            names = "--key",
            paramLabel = "KEY",
            description = "The API key. Default: BELLHOP_KEY, which, unlike this option, other users cannot see.")
    private @Nullable String key;

    @Option(
            names = "--ca",
            paramLabel = "FILE",
            description = "Trust the authorities in this PEM file, and no others, to tell an https server."
                    + " Default: BELLHOP_CA, or those that Java trusts.")
    private @Nullable Path ca;

    @Option(
            names = "--output",
            paramLabel = "FORMAT",
            completionCandidates = OutputFormat.Names.class,
            converter = OutputFormat.Converter.class,
            description = "text (default) or json.")
    private @Nullable OutputFormat output;

    /**
     * Options that nobody has given yet.
     *
     * @param before those given before the command, which count where these say nothing
     */
    ClientOptions(CliContext context, @Nullable ClientOptions before) {
        this.context = context;
        this.before = before;
    }

    BellhopClient connect() {
        String key = key();
        if (key.isEmpty()) {
            throw new CliException("Cannot ask the server without an API key; set BELLHOP_KEY or --key."
                    + " A server writes its first key to admin.key in its data folder");
        }
        TrustedAuthorities authorities = authorities();
        try {
            return new BellhopClient(
                    new URI(url()), key, authorities, context.connectTimeout(), context.requestTimeout());
        } catch (URISyntaxException e) {
            throw new CliException("Cannot use the URL because it is malformed; it must be like " + DEFAULT_URL);
        } catch (IllegalArgumentException e) {
            throw new CliException(
                    e.getMessage() + "; the URL must be like " + DEFAULT_URL + ", the key as the server printed it");
        }
    }

    boolean json() {
        OutputFormat chosen = output != null || before == null ? output : before.output;
        return chosen == OutputFormat.JSON;
    }

    /** The options that reach the same server again, to stand in a command line; empty where the environment does. */
    String serverOptions() {
        String givenUrl = url != null || before == null ? url : before.url;
        Path givenCa = givenCa();
        return (givenUrl == null ? "" : " --url " + quoted(givenUrl))
                + (givenCa == null ? "" : " --ca " + quoted(givenCa.toString()));
    }

    private static String quoted(String text) {
        return "'" + text.replace("'", "'\\''") + "'";
    }

    private @Nullable Path givenCa() {
        return ca != null || before == null ? ca : before.ca;
    }

    private @Nullable TrustedAuthorities authorities() {
        Path given = givenCa();
        String fromEnvironment = Main.environment(context.env(), "BELLHOP_CA", "");
        try {
            if (given == null && fromEnvironment.isEmpty()) {
                return null;
            }
            return TrustedAuthorities.read(given == null ? Path.of(fromEnvironment) : given);
        } catch (InvalidPathException e) {
            throw new CliException("Cannot use BELLHOP_CA because it is not the name of a file");
        } catch (IllegalArgumentException e) {
            throw new CliException(e.getMessage() + "; see --ca and BELLHOP_CA");
        }
    }

    private String url() {
        String given = url != null || before == null ? url : before.url;
        return given != null ? given : Main.environment(context.env(), "BELLHOP_URL", DEFAULT_URL);
    }

    private String key() {
        String given = key != null || before == null ? key : before.key;
        return (given != null ? given : Main.environment(context.env(), "BELLHOP_KEY", "")).strip();
    }
}
