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
 * What the configuration file says.
 *
 * @param postgres where everything is kept; absent where that is a file in the data folder
 * @param cluster how nodes are reached, which have the VMs; absent for a server that has them itself
 * @param ssh absent where it is not served
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
     * How long, and how much, is kept of finished executions with their output, and of the audit trail.
     *
     * @param bytes beyond these, the oldest finished executions of the account that takes up the most are deleted
     */
    public record Retained(Duration age, long bytes, Duration audit, long auditBytes) {}

    /**
     * How Prometheus reads the metrics.
     *
     * @param enabled false for not at all
     * @param listen an address of their own; absent where they are served with everything else, to those who may
     * @param tokenFile holds the token that is to be shown; absent where there is none
     */
    public record Metrics(
            boolean enabled,
            @Nullable InetSocketAddress listen,
            @Nullable Path tokenFile) {
        /** Served with everything else, to keys. */
        public static final Metrics DEFAULTS = new Metrics(true, null, null);
    }

    public sealed interface HypervisorConfig {}

    /**
     * A libvirt.
     *
     * @param vms names of domains by the vmid they are to have, whatever their metadata say
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
        /** Less than the time between two looks at a long command, so that others get to its agent while it runs. */
        Duration CHANNEL_IDLE = Duration.ofMillis(700);

        /** How long a channel is kept without use. */
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
