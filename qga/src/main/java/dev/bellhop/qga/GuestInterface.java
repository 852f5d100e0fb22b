// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga;

import org.jspecify.annotations.Nullable;

/**
 * A network interface as the guest reports it.
 *
 * @param name such as "eth0"; printable characters, at most 100
 * @param hardwareAddress six bytes in lower case, such as "52:54:00:12:34:56"; absent if the guest reports none, or
 *     something else
 * @param addresses at most 16; what is no address is left out
 */
public record GuestInterface(String name, @Nullable String hardwareAddress, GuestList<GuestAddress> addresses) {}
