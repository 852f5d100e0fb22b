// SPDX-License-Identifier: Apache-2.0
/** The API servers' side of a cluster: what they know and store of nodes, and how they answer them. It knows no NATS and no SQL. */
@NullMarked
package dev.bellhop.server.cluster.api;

import org.jspecify.annotations.NullMarked;
