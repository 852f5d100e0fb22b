// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import dev.bellhop.qga.GuestAgentOptions;
import dev.bellhop.server.app.config.Config.HypervisorConfig;
import dev.bellhop.server.app.config.Config.LibvirtConfig;
import dev.bellhop.server.app.config.Config.QemuConfig;
import dev.bellhop.server.app.config.ConfigException;
import dev.bellhop.server.hypervisor.AgentCallMetrics;
import dev.bellhop.server.hypervisor.Hypervisor;
import dev.bellhop.server.hypervisor.StreamSocketFolder;
import dev.bellhop.server.hypervisor.VmidRegister;
import dev.bellhop.server.hypervisor.libvirt.AssignedVmids;
import dev.bellhop.server.hypervisor.libvirt.LibvirtHypervisor;
import dev.bellhop.server.hypervisor.libvirt.LibvirtMissingException;
import dev.bellhop.server.hypervisor.qemu.QemuHypervisor;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Opens the hypervisors of a configuration. */
final class Hypervisors {
    private Hypervisors() {}

    /** @param data the folder with the vmids of libvirt's domains */
    static List<Hypervisor> open(List<HypervisorConfig> hypervisors, Path data, MeterRegistry metrics)
            throws ConfigException, LibvirtMissingException {
        boolean areNumbered = hypervisors.stream().anyMatch(LibvirtConfig.class::isInstance);
        return open(hypervisors, areNumbered ? assignedVmids(data.resolve(AssignedVmids.FILE)) : null, data, metrics);
    }

    /**
     * Opens them.
     *
     * @param vmids the vmids of libvirt's domains; can be absent without libvirt
     * @param data the folder for sockets of streams
     */
    static List<Hypervisor> open(
            List<HypervisorConfig> hypervisors, @Nullable VmidRegister vmids, Path data, MeterRegistry metrics)
            throws LibvirtMissingException {
        AgentCallMetrics calls = new AgentCallMetrics(metrics);
        StreamSocketFolder sockets = new StreamSocketFolder(socketFolder(data));
        List<Hypervisor> opened = new ArrayList<>();
        try {
            for (HypervisorConfig hypervisor : hypervisors) {
                opened.add(
                        switch (hypervisor) {
                            case QemuConfig.Listed listed ->
                                withStreams(
                                        listed,
                                        QemuHypervisor.listed(listed.vms(), options(listed.channelIdle(), calls)),
                                        sockets);
                            case QemuConfig.Pattern pattern ->
                                withStreams(
                                        pattern,
                                        QemuHypervisor.matching(
                                                pattern.agent(),
                                                pattern.monitor(),
                                                pattern.start(),
                                                options(pattern.channelIdle(), calls)),
                                        sockets);
                            case LibvirtConfig libvirt ->
                                LibvirtHypervisor.start(
                                        libvirt.uri(),
                                        libvirt.vms(),
                                        Objects.requireNonNull(vmids),
                                        options(QemuConfig.CHANNEL_IDLE, calls),
                                        libvirt.streams() ? sockets : null);
                        });
                watch(opened.size(), hypervisor, opened.getLast(), metrics);
            }
            return opened;
        } catch (LibvirtMissingException e) {
            opened.forEach(Hypervisor::close);
            throw e;
        }
    }

    /** Returns the folder that systemd creates for the service's sockets, or one among the server's own data. */
    private static Path socketFolder(Path data) {
        String runtime = System.getenv("RUNTIME_DIRECTORY");
        return runtime == null || runtime.isEmpty() ? data.resolve("sockets") : Path.of(runtime);
    }

    private static QemuHypervisor withStreams(
            QemuConfig config, QemuHypervisor hypervisor, StreamSocketFolder sockets) {
        return config.streams() ? hypervisor.withStreams(sockets) : hypervisor;
    }

    /** Tags metrics with the position in the configuration, since a hypervisor's URI can name other hosts and users. */
    private static void watch(int place, HypervisorConfig config, Hypervisor hypervisor, MeterRegistry metrics) {
        if (hypervisor.isUp().isPresent()) {
            Gauge.builder("bellhop.hypervisor.up", () -> hypervisor.isUp().orElse(false) ? 1 : 0)
                    .description("1 if the server can ask this hypervisor for its VMs, else 0")
                    .tag("hypervisor", Integer.toString(place))
                    .tag("type", config instanceof LibvirtConfig ? "libvirt" : "qemu")
                    .register(metrics);
        }
    }

    private static GuestAgentOptions options(Duration channelIdle, AgentCallMetrics calls) {
        return GuestAgentOptions.defaults().withIdleTimeout(channelIdle).withWhenSent(calls);
    }

    private static AssignedVmids assignedVmids(Path file) throws ConfigException {
        try {
            return AssignedVmids.read(file);
        } catch (IOException e) {
            throw new ConfigException("Cannot read " + file + ", which tells the domains of libvirt by their vmids: "
                    + e.getMessage() + "; put it back from a backup, or delete it to have vmids given anew");
        }
    }
}
