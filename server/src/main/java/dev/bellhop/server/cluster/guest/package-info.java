// SPDX-License-Identifier: Apache-2.0
/**
 * Questions to guests, from an API server to the node of the VM. {@link dev.bellhop.server.cluster.guest.RemoteGuests} sends them, and {@link
 * dev.bellhop.server.cluster.guest.NodeGuests} answers them. Files, terminals and connections have separate messages, {@code …Orders}. Fields
 * of a later release are nullable, because the other side can be one release behind.
 */
@NullMarked
package dev.bellhop.server.cluster.guest;

import org.jspecify.annotations.NullMarked;
