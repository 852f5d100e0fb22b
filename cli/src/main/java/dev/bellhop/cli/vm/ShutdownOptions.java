// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.vm;

import dev.bellhop.api.v2.vm.PowerOptions;
import dev.bellhop.cli.command.SecondsConverter;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How a guest is treated that is asked to switch itself off. */
final class ShutdownOptions {

    @Option(
            names = "--force",
            description = "Pull the plug where the guest has not switched itself off when --grace is over.")
    private boolean force;

    @Option(
            names = "--grace",
            paramLabel = "TIME",
            converter = SecondsConverter.class,
            description =
                    "How long the guest has to switch itself off, such as 5m; at most 1h. Default: what the server is"
                            + " set to, mostly 60s.")
    private @Nullable Integer grace;

    PowerOptions powerOptions() {
        return new PowerOptions(force ? true : null, grace);
    }
}
