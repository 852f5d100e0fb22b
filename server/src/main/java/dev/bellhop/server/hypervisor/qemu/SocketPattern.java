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

/**
 * VMs found by where their agent sockets lie, such as {@code /var/run/qemu-server/{vmid}.qga}. A VM that has been seen
 * once stays known after its socket is gone, so that it can be said to be stopped rather than never to have been.
 */
final class SocketPattern implements SocketLocator {
    /** Stands in a pattern where the vmid stands in a path. */
    static final String PLACEHOLDER = "{vmid}";

    private static final Logger log = LoggerFactory.getLogger(SocketPattern.class);

    private final String agent;
    private final @Nullable String monitor;
    private final @Nullable StartCommand start;
    private final Set<VmId> seen = ConcurrentHashMap.newKeySet();

    /**
     * @param agent an absolute path whose last part holds the placeholder once and whose folders do not
     * @param monitor likewise, or absent
     * @param start with the placeholder in its arguments, or absent
     */
    SocketPattern(String agent, @Nullable String monitor, @Nullable StartCommand start) {
        this.agent = agent;
        this.monitor = monitor;
        this.start = start;
    }

    @Override
    public SortedSet<VmId> vms() {
        Path pattern = Path.of(agent);
        Path folder = pattern.getParent();
        String name = String.valueOf(pattern.getFileName());
        int at = name.indexOf(PLACEHOLDER);
        String prefix = name.substring(0, at);
        String suffix = name.substring(at + PLACEHOLDER.length());
        if (folder != null && Files.isDirectory(folder)) {
            try (Stream<Path> files = Files.list(folder)) {
                files.map(file -> String.valueOf(file.getFileName()))
                        .filter(file -> file.length() > prefix.length() + suffix.length())
                        .filter(file -> file.startsWith(prefix) && file.endsWith(suffix))
                        .map(file -> file.substring(prefix.length(), file.length() - suffix.length()))
                        .flatMap(id -> VmId.parse(id).stream())
                        .forEach(seen::add);
            } catch (IOException e) {
                log.warn("Cannot list the folder of agent sockets {}", folder, e);
            }
        }
        return new TreeSet<>(seen);
    }

    @Override
    public Optional<VmSockets> find(VmId id) {
        VmSockets sockets = new VmSockets(
                at(agent, id), monitor == null ? null : at(monitor, id), start == null ? null : start.of(id));
        if (seen.contains(id)) {
            return Optional.of(sockets);
        }
        if (!Files.exists(sockets.agent())) {
            return Optional.empty();
        }
        seen.add(id);
        return Optional.of(sockets);
    }

    private static Path at(String pattern, VmId id) {
        return Path.of(pattern.replace(PLACEHOLDER, id.toString()));
    }
}
