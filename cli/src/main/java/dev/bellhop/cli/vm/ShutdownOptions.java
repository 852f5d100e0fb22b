// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.vm;

import dev.bellhop.api.v2.vm.PowerOptions;
import dev.bellhop.cli.command.SecondsConverter;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How a guest is treated that is asked to switch itself off. */
final class ShutdownOptions {

    @Option(names = "--force", description = "Switch the VM off if its guest still runs after --grace.")
    private boolean force;

    @Option(
            names = "--grace",
            paramLabel = "TIME",
            converter = SecondsConverter.class,
            description =
                    "How long the guest may take, such as 5m; at most 1h. Default: as configured in the server, usually"
                            + " 60s.")
    private @Nullable Integer grace;

    PowerOptions powerOptions() {
        return new PowerOptions(force ? true : null, grace);
    }
}
