// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app.config;

import dev.bellhop.server.access.CallerLimits;
import dev.bellhop.server.cluster.ClusterSettings;
import dev.bellhop.server.encryption.KeySource;
import dev.bellhop.server.execution.engine.ExecutionSettings;
import dev.bellhop.server.file.FileSettings;
import dev.bellhop.server.forward.ForwardSettings;
import dev.bellhop.server.http.connection.ConnectionLimits;
import dev.bellhop.server.http.connection.Proxies;
import dev.bellhop.server.hypervisor.qemu.PathPattern;
import dev.bellhop.server.hypervisor.qemu.StartCommand;
import dev.bellhop.server.hypervisor.qemu.VmSockets;
import dev.bellhop.server.operation.OperationSettings;
import dev.bellhop.server.recording.RecordingSettings;
import dev.bellhop.server.ssh.SshSettings;
import dev.bellhop.server.store.postgres.PostgresSettings;
import dev.bellhop.server.terminal.TerminalSettings;
import dev.bellhop.server.tls.TlsFiles;
import dev.bellhop.server.vm.VmId;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The settings in the configuration file.
 *
 * @param postgres the database for all data; absent if that is a file in the data folder
 * @param cluster how to reach the nodes, which have the VMs; absent for a server that has them itself
 * @param ssh absent if the SSH door is off
 */
public record Config(
        InetSocketAddress listen,
        @Nullable TlsFiles tls,
        Proxies proxies,
        Path data,
        @Nullable PostgresSettings postgres,
        @Nullable ClusterSettings cluster,
        KeySource encryptionKeys,
        Retained retained,
        ExecutionSettings executions,
        OperationSettings power,
        TerminalSettings terminals,
        ForwardSettings forwards,
        RecordingSettings recordings,
        FileSettings files,
        CallerLimits limits,
        ConnectionLimits.Wanted connections,
        Metrics metrics,
        @Nullable SshSettings ssh,
        List<HypervisorConfig> hypervisors) {
    /**
     * Limits for finished executions with their output, and for the audit trail.
     *
     * @param bytes beyond these, the oldest finished executions of the account that uses the most are deleted
     */
    public record Retained(Duration age, long bytes, Duration audit, long auditBytes) {}

    /**
     * Access to the metrics for Prometheus.
     *
     * @param enabled whether metrics are served
     * @param listen a separate address; absent if the main address serves them to authorized keys
     * @param tokenFile the file of the required token; absent if there is none
     */
    public record Metrics(
            boolean enabled,
            @Nullable InetSocketAddress listen,
            @Nullable Path tokenFile) {
        /** Served at the main address, to keys. */
        public static final Metrics DEFAULTS = new Metrics(true, null, null);
    }

    public sealed interface HypervisorConfig {}

    /**
     * A libvirt hypervisor.
     *
     * @param vms names of domains by vmid, which override their metadata
     * @param streams whether ports for streams are plugged into the domains
     */
    public record LibvirtConfig(String uri, Map<VmId, String> vms, boolean streams) implements HypervisorConfig {
        public static final String DEFAULT_URI = "qemu:///system";

        LibvirtConfig(String uri, Map<VmId, String> vms) {
            this(uri, vms, true);
        }
    }

    /** One hypervisor of type qemu: VMs listed one by one, or found by a pattern. */
    public sealed interface QemuConfig extends HypervisorConfig {
        /** Less than the polling interval of a long command, so that other programs can use its agent while it runs. */
        Duration CHANNEL_IDLE = Duration.ofMillis(700);

        /** How long an idle channel stays open. */
        Duration channelIdle();

        /** Whether ports for streams are plugged into the VMs. */
        boolean streams();

        public record Listed(Map<VmId, VmSockets> vms, Duration channelIdle, boolean streams) implements QemuConfig {
            Listed(Map<VmId, VmSockets> vms, Duration channelIdle) {
                this(vms, channelIdle, true);
            }
        }

        public record Pattern(
                PathPattern agent,
                @Nullable PathPattern monitor,
                @Nullable StartCommand start,
                Duration channelIdle,
                boolean streams)
                implements QemuConfig {
            Pattern(
                    PathPattern agent,
                    @Nullable PathPattern monitor,
                    @Nullable StartCommand start,
                    Duration channelIdle) {
                this(agent, monitor, start, channelIdle, true);
            }
        }
    }
}
