// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.server;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Where the configuration of a server on this machine is. */
final class ConfigOption {
    /** As packages install it. */
    private static final String DEFAULT = "/etc/bellhop/bellhop.yaml";

    @Option(
            names = "--config",
            paramLabel = "FILE",
            defaultValue = DEFAULT,
            description = "The server's configuration, in YAML. Default: " + DEFAULT + ".")
    private Path config = Path.of(DEFAULT);

    Path file() {
        return config;
    }
}
