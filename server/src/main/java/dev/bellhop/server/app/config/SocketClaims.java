// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app.config;

import dev.bellhop.server.hypervisor.qemu.PathPattern;
import dev.bellhop.server.vm.VmId;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Which VM each configured socket belongs to. A socket that two VMs claim is a typing error: what is meant for one VM would
 * happen to the other. A vmid may be listed twice; the first entry counts.
 */
final class SocketClaims {
    private final Map<Path, Use> listed = new HashMap<>();

    /** Symbolic links are resolved in their folders. */
    private final Map<PathPattern, Role> patterns = new HashMap<>();

    /** By their paths; thousands of sockets are in one. */
    private final Map<Path, Path> realFolders = new HashMap<>();

    enum Role {
        AGENT,
        MONITOR
    }

    private record Use(Role role, VmId vm) {
        @Override
        public String toString() {
            return role.name().toLowerCase(Locale.ROOT) + " of VM " + vm;
        }
    }

    /** Notes a socket of a listed VM, and tells of the VM that has claimed it before. */
    Optional<String> listed(Path socket, Role role, VmId vm) {
        Path folder = socket.getParent();
        Path path = folder == null ? socket : realFolder(folder).resolve(socket.getFileName());
        Use use = new Use(role, vm);
        Use other = listed.putIfAbsent(path, use);
        return Stream.concat(
                        Stream.ofNullable(other), patterns.keySet().stream().flatMap(each -> use(each, path)))
                .filter(taken -> !taken.equals(use))
                .findFirst()
                .map(taken -> conflict(use, taken));
    }

    /** Notes a pattern of sockets, and tells of a VM that has claimed one of them before. */
    Optional<String> pattern(PathPattern path, Role role) {
        PathPattern pattern = new PathPattern(realFolder(path.folder()), path.prefix(), path.suffix());
        if (patterns.getOrDefault(pattern, role) != role) {
            return Optional.of("agent and monitor have the same sockets; each VM has two of its own");
        }
        patterns.put(pattern, role);
        return listed.entrySet().stream()
                .flatMap(claimed -> use(pattern, claimed.getKey())
                        .filter(use -> !use.equals(claimed.getValue()))
                        .map(use -> conflict(use, claimed.getValue())))
                .findFirst();
    }

    /** The VM whose socket this is, if the path fits the pattern. */
    private Stream<Use> use(PathPattern pattern, Path socket) {
        return pattern.folder().equals(socket.getParent())
                ? pattern
                        .vm(String.valueOf(socket.getFileName()))
                        .map(vm -> new Use(Objects.requireNonNull(patterns.get(pattern)), vm))
                        .stream()
                : Stream.empty();
    }

    private static String conflict(Use use, Use other) {
        return "the " + use + " is the socket that is the " + other
                + ", too; each VM has sockets of its own, one for its agent and one for its monitor";
    }

    /** /var/run is /run. */
    private Path realFolder(Path folder) {
        return realFolders.computeIfAbsent(folder, path -> {
            try {
                return path.toRealPath();
            } catch (IOException e) {
                return path;
            }
        });
    }
}
