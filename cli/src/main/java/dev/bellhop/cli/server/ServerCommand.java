// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.server;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "server",
        description = "Run the server until SIGTERM or Ctrl-C.",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "The first start writes an admin key to admin.key in the data folder.",
            "",
            "A configuration to begin with:",
            "  listen: 127.0.0.1:8080",
            "  data: /var/lib/bellhop",
            "  hypervisors:",
            "    - type: qemu",
            "      agent: /var/run/qemu-server/{vmid}.qga",
            "      monitor: /var/run/qemu-server/{vmid}.qmp",
            "",
            "To listen on an address that other machines can reach, it needs",
            "  tls: {certificate: /etc/bellhop/tls.crt, key: /etc/bellhop/tls.key}",
            "or 'behindProxy: true' if a proxy in front of it does TLS.",
            "",
            "Example:",
            "  bellhop server --config /etc/bellhop/bellhop.yaml --check"
        })
final class ServerCommand implements Callable<Integer> {

    @Mixin
    private ConfigOption config = new ConfigOption();

    @Option(
            names = "--check",
            description =
                    "Check the configuration, the certificate, the database and its keys, and exit. Changes nothing.")
    private boolean check;

    @Override
    public Integer call() {
        return check
                ? dev.bellhop.server.app.Main.check(config.file())
                : dev.bellhop.server.app.Main.run(config.file());
    }
}
