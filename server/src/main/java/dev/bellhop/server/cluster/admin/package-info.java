// SPDX-License-Identifier: Apache-2.0
/** How nodes are administered: how they join, are drained and cut off. It knows no NATS and no SQL. */
@NullMarked
package dev.bellhop.server.cluster.admin;

import org.jspecify.annotations.NullMarked;
