// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.ssh;

import dev.bellhop.cli.command.CliException;
import dev.bellhop.cli.command.ClientOptions;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** For which API key an SSH key stands. */
final class ApiKeyOption {

    @Option(
            names = "--for",
            paramLabel = "ID",
            description = "The id of the API key, from 'bellhop key list'. Default: the key in use.")
    private @Nullable String id;

    /** Its id, which stands in the key in use itself where none is named. */
    String id(ClientOptions options) {
        return id != null
                ? id
                : options.keyId()
                        .orElseThrow(() -> new CliException(
                                "Cannot tell for which API key because the one in use does not begin with bellhop_ and an id;"
                                        + " name it: --for ID"));
    }
}
