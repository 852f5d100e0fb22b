// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga;

import org.jspecify.annotations.Nullable;

/**
 * What a guest says of its operating system. Each text is the guest's own, as printable characters, at most 200, with the
 * others as backslash escapes, and absent where the guest does not say: on POSIX they come from {@code os-release} and
 * the kernel.
 *
 * @param id in lower case, such as "debian"; "mswindows" on Windows
 * @param name such as "Debian GNU/Linux"
 * @param prettyName with the version, such as "Debian GNU/Linux 13 (trixie)"
 * @param version such as "13 (trixie)"
 * @param versionId such as "13"
 * @param machine the processor's architecture, such as "x86_64"
 * @param kernelRelease such as "6.12.43+deb13-cloud-amd64"
 * @param kernelVersion the kernel's build
 */
public record OsInfo(
        @Nullable String id,
        @Nullable String name,
        @Nullable String prettyName,
        @Nullable String version,
        @Nullable String versionId,
        @Nullable String machine,
        @Nullable String kernelRelease,
        @Nullable String kernelVersion) {

    /** Whether it is a Windows, as far as the guest says. */
    public boolean isWindows() {
        return "mswindows".equals(id);
    }
}
