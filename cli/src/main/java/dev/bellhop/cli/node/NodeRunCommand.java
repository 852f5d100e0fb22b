// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.cli.node;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code bellhop node run}. */
@Command(
        name = "run",
        description = "Run a node until SIGTERM or Ctrl-C: the VMs of this host, for the API servers of a cluster.",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "A configuration to begin with:",
            "  data: /var/lib/bellhop-node",
            "  cluster:",
            "    name: host-1",
            "    nats: tls://nats.example:4222",
            "    credentials: /var/lib/bellhop-node/credentials",
            "  hypervisors:",
            "    - type: qemu",
            "      agent: /var/run/qemu-server/{vmid}.qga",
            "      monitor: /var/run/qemu-server/{vmid}.qmp",
            "",
            "Example:",
            "  bellhop node run --config /etc/bellhop/node.yaml"
        })
final class NodeRunCommand implements Callable<Integer> {
    private static final String DEFAULT = "/etc/bellhop/node.yaml";

    @Option(
            names = "--config",
            paramLabel = "FILE",
            defaultValue = DEFAULT,
            description = "The node's configuration, in YAML. Default: " + DEFAULT + ".")
    private Path config = Path.of(DEFAULT);

    @Override
    public Integer call() {
        return dev.bellhop.server.app.Main.runNode(config);
    }
}
