// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.app;

import dev.bellhop.server.vm.VmId;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which socket is whose in a configuration. One that is two VMs' is mistyped: what is meant for one of them would be done to
 * the other. The same vmid may be listed twice, and is the first one's.
 */
final class SocketClaims {
    private static final String PLACEHOLDER = "{vmid}";

    private final Map<Path, Use> uses = new HashMap<>();
    private final List<Pattern> patterns = new ArrayList<>();

    /** What a socket is for. */
    enum Role {
        AGENT("agent"),
        MONITOR("monitor");

        private final String setting;

        Role(String setting) {
            this.setting = setting;
        }
    }

    private record Use(Role role, VmId vm) {
        @Override
        public String toString() {
            return role.setting + " of VM " + vm;
        }
    }

    private record Pattern(Role role, Path folder, String prefix, String suffix) {
        /** What it makes of a path, where that fits. */
        Optional<Use> use(Path path) {
            String name = String.valueOf(path.getFileName());
            boolean fits = folder.equals(path.getParent())
                    && name.length() > prefix.length() + suffix.length()
                    && name.startsWith(prefix)
                    && name.endsWith(suffix);
            return fits
                    ? VmId.parse(name.substring(prefix.length(), name.length() - suffix.length()))
                            .map(vm -> new Use(role, vm))
                    : Optional.empty();
        }
    }

    /** Notes a socket of a VM that is listed. */
    void listed(Setting setting, Path socket, Role role, VmId vm) throws ConfigException {
        Path path = withoutLinks(socket);
        Use use = new Use(role, vm);
        Use other = uses.putIfAbsent(path, use);
        requireSame(setting, use, other);
        for (Pattern pattern : patterns) {
            requireSame(setting, use, pattern.use(path).orElse(null));
        }
    }

    /** Notes a pattern of sockets. */
    void pattern(Setting setting, String text, Role role) throws ConfigException {
        Path path = withoutLinks(Path.of(text));
        String name = String.valueOf(path.getFileName());
        int at = name.indexOf(PLACEHOLDER);
        Pattern pattern = new Pattern(
                role,
                Optional.ofNullable(path.getParent()).orElse(path),
                name.substring(0, at),
                name.substring(at + PLACEHOLDER.length()));
        for (Pattern other : patterns) {
            if (other.role != role
                    && other.folder.equals(pattern.folder)
                    && other.prefix.equals(pattern.prefix)
                    && other.suffix.equals(pattern.suffix)) {
                throw setting.wrong("agent and monitor have the same sockets; each VM has two of its own");
            }
        }
        for (Map.Entry<Path, Use> listed : uses.entrySet()) {
            Optional<Use> use = pattern.use(listed.getKey());
            if (use.isPresent()) {
                requireSame(setting, use.get(), listed.getValue());
            }
        }
        patterns.add(pattern);
    }

    private static void requireSame(Setting setting, Use use, @Nullable Use other) throws ConfigException {
        if (other != null && !other.equals(use)) {
            throw setting.wrong("the " + use + " is the socket that is the " + other
                    + ", too; each VM has sockets of its own, one for its agent and one for its monitor");
        }
    }

    /** /var/run is /run. */
    private static Path withoutLinks(Path path) {
        Path folder = path.getParent();
        try {
            return folder == null ? path : folder.toRealPath().resolve(String.valueOf(path.getFileName()));
        } catch (IOException e) {
            return path;
        }
    }
}
