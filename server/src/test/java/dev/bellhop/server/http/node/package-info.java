// SPDX-License-Identifier: Apache-2.0
/** Nodes of a cluster over HTTP. */
@NullMarked
package dev.bellhop.server.http.node;

import org.jspecify.annotations.NullMarked;
