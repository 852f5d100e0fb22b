// SPDX-License-Identifier: Apache-2.0
/**
 * What is done in guests beside commands, from an API server to the node that has the VM: {@code …Orders} are the messages of one subject;
 * {@code Remote…} is the API server's half, which implements a seam by them; {@link dev.bellhop.server.cluster.guest.NodeGuests} is the
 * node's. A field that a later release adds is nullable: the other side may be one release behind.
 */
@NullMarked
package dev.bellhop.server.cluster.guest;

import org.jspecify.annotations.NullMarked;
