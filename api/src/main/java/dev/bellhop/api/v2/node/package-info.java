// SPDX-License-Identifier: Apache-2.0
/** The nodes of a cluster, as v2 shows and takes them. {@code openapi.yaml} is the contract. */
@NullMarked
package dev.bellhop.api.v2.node;

import org.jspecify.annotations.NullMarked;
