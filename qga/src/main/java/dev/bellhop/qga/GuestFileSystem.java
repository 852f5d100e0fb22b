// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga;

import org.jspecify.annotations.Nullable;

/**
 * A mounted file system as the guest tells of it. The texts are printable characters, at most 200.
 *
 * @param mountPoint such as "/", or "C:\"; a backslash stands twice
 * @param name of its device, such as "vda1"; absent where the guest tells none
 * @param type such as "ext4"; absent likewise
 * @param usedBytes absent where the guest does not tell both, or tells what cannot be; agents before QEMU 3.0 do not
 * @param totalBytes what it can hold for users without privileges; absent with usedBytes
 */
public record GuestFileSystem(
        String mountPoint,
        @Nullable String name,
        @Nullable String type,
        @Nullable Long usedBytes,
        @Nullable Long totalBytes) {}
