// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.qemu;

import dev.bellhop.server.vm.VmId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds VMs by their agents' sockets. A VM stays known after its socket is gone: it is stopped. */
final class SocketPattern implements SocketLocator {
    private static final Logger log = LoggerFactory.getLogger(SocketPattern.class);

    private final PathPattern agent;
    private final @Nullable PathPattern monitor;
    private final @Nullable StartCommand start;
    private final Set<VmId> seen = ConcurrentHashMap.newKeySet();

    SocketPattern(PathPattern agent, @Nullable PathPattern monitor, @Nullable StartCommand start) {
        this.agent = agent;
        this.monitor = monitor;
        this.start = start;
    }

    @Override
    public SortedSet<VmId> vms() {
        if (Files.isDirectory(agent.folder())) {
            try (Stream<Path> files = Files.list(agent.folder())) {
                files.flatMap(file -> agent.vm(String.valueOf(file.getFileName())).stream())
                        .forEach(seen::add);
            } catch (IOException e) {
                log.warn("Cannot list the folder of agent sockets {}", agent.folder(), e);
            }
        }
        return new TreeSet<>(seen);
    }

    @Override
    public void forget(VmId id) {
        seen.remove(id);
    }

    /** Returns whether the folder of the sockets exists and is readable. */
    @Override
    public Optional<Boolean> isUp() {
        return Optional.of(Files.isDirectory(agent.folder()) && Files.isReadable(agent.folder()));
    }

    @Override
    public Optional<VmSockets> find(VmId id) {
        if (!seen.contains(id) && !Files.exists(agent.of(id))) {
            return Optional.empty();
        }
        seen.add(id);
        return Optional.of(new VmSockets(
                agent.of(id), monitor == null ? null : monitor.of(id), start == null ? null : start.of(id)));
    }
}
