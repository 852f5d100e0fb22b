// SPDX-License-Identifier: Apache-2.0
/** A node: it has VMs and runs commands in them, and keeps nothing. What it would store, it asks an API server to store. */
@NullMarked
package dev.bellhop.server.cluster.node;

import org.jspecify.annotations.NullMarked;
