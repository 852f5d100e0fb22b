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
 * Records which VM each configured socket belongs to. A socket that two VMs claim is a typo: a command for one VM would
 * reach the other. A vmid can be listed twice; the first entry counts.
 */
final class SocketClaims {
    private final Map<Path, Use> listed = new HashMap<>();

    /** The patterns' folders have their symbolic links resolved. */
    private final Map<PathPattern, Role> patterns = new HashMap<>();

    /** Resolved folders by path; a folder can hold thousands of sockets. */
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

    /** Records a socket of a listed VM; returns an earlier claim by another VM. */
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

    /** Records a pattern of sockets; returns an earlier claim of one of them. */
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

    /** Returns the VM that has this socket, if the path matches the pattern. */
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

    /** Resolves links in folders: /var/run is /run. */
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
