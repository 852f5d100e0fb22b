// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.hypervisor.qemu;

import dev.bellhop.server.vm.VmId;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;

/** The absolute path of a file per VM, such as {@code /run/vm/{vmid}.qga}; its last part holds the vmid. */
public record PathPattern(Path folder, String prefix, String suffix) {
    public static final String PLACEHOLDER = "{vmid}";

    /**
     * Parses a pattern; empty if the path is not absolute, or does not have the placeholder exactly once, in its last
     * part.
     */
    public static Optional<PathPattern> parse(String text) {
        try {
            Path path = Path.of(text).normalize();
            String name = String.valueOf(path.getFileName());
            int at = name.indexOf(PLACEHOLDER);
            Path folder = path.getParent();
            if (folder == null
                    || !path.isAbsolute()
                    || at < 0
                    || text.indexOf(PLACEHOLDER) != text.lastIndexOf(PLACEHOLDER)) {
                return Optional.empty();
            }
            return Optional.of(
                    new PathPattern(folder, name.substring(0, at), name.substring(at + PLACEHOLDER.length())));
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
    }

    public Path of(VmId id) {
        return folder.resolve(prefix + id + suffix);
    }

    /** Returns the VM whose file has this name in the folder. */
    public Optional<VmId> vm(String name) {
        return name.length() > prefix.length() + suffix.length() && name.startsWith(prefix) && name.endsWith(suffix)
                ? VmId.parse(name.substring(prefix.length(), name.length() - suffix.length()))
                : Optional.empty();
    }
}
