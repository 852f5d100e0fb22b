// SPDX-License-Identifier: Apache-2.0
/** The cluster's bus over NATS. It alone knows the client of NATS. */
@NullMarked
package dev.bellhop.server.cluster.nats;

import org.jspecify.annotations.NullMarked;
