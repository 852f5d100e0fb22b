// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app.config;

import dev.bellhop.server.app.config.Config.HypervisorConfig;
import dev.bellhop.server.cluster.ClusterSettings;
import dev.bellhop.server.cluster.NodeId;
import dev.bellhop.server.execution.engine.ExecutionSettings;
import dev.bellhop.server.file.FileSettings;
import dev.bellhop.server.operation.OperationSettings;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The settings in a node's configuration file: it has VMs, and neither callers nor a database.
 *
 * @param name of the node in its cluster
 * @param listen the address of its health endpoint; absent for none
 * @param metricsToken the file of the token required for the metrics; absent if there is none
 * @param data folder with the lock file and the freeze leases
 */
public record NodeConfig(
        NodeId name,
        @Nullable InetSocketAddress listen,
        @Nullable Path metricsToken,
        Path data,
        ClusterSettings cluster,
        ExecutionSettings executions,
        OperationSettings power,
        FileSettings files,
        List<HypervisorConfig> hypervisors) {
    private static final String NODE_NAME =
            "the node's name in its cluster, such as the host's short name: lowercase letters, digits and hyphens, at most "
                    + NodeId.MAX_LENGTH;

    public static NodeConfig read(Path path) throws ConfigException {
        return ConfigReader.read(path, NodeConfig::config)
                .orElseThrow(() -> new ConfigException("Cannot use the configuration " + path));
    }

    /** Empty if it has an error. */
    private static Optional<NodeConfig> config(Setting root) {
        InetSocketAddress listen = root.get("listen").address("127.0.0.1:9464").orElse(null);
        Path metricsToken = root.get("metrics")
                .section(section -> Optional.ofNullable(ConfigReader.metricsToken(section)))
                .orElse(null);
        Optional<Path> data =
                root.get("data").required("a folder of its own").text("an absolute path", Setting::absolute);
        Setting section = root.get("cluster").required("how to reach the cluster");
        Optional<Member> member = section.section(NodeConfig::member);
        ExecutionSettings executions = root.get("executions").section(ConfigReader::executions);
        OperationSettings power = root.get("power").section(ConfigReader::power);
        FileSettings files = root.get("files").section(ConfigReader::transfers);
        List<HypervisorConfig> hypervisors =
                HypervisorReader.read(root.get("hypervisors").required("a list of them"));
        return data.flatMap(folder -> member.map(node -> new NodeConfig(
                node.name, listen, metricsToken, folder, node.cluster, executions, power, files, hypervisors)));
    }

    private record Member(NodeId name, ClusterSettings cluster) {}

    private static Optional<Member> member(Setting section) {
        Optional<NodeId> name =
                section.get("name").required(NODE_NAME).text(NODE_NAME, text -> Setting.fit(NodeId.parse(text)));
        Optional<ClusterSettings> cluster = ConfigReader.cluster(section);
        return name.flatMap(id -> cluster.map(settings -> new Member(id, settings)));
    }
}
