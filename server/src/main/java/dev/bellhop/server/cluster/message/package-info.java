// SPDX-License-Identifier: Apache-2.0
/**
 * The messages between nodes and API servers, as records that {@link dev.bellhop.server.cluster.WireCodec} writes. A field that a
 * later release adds is nullable: the other side may be one release behind.
 */
@NullMarked
package dev.bellhop.server.cluster.message;

import org.jspecify.annotations.NullMarked;
