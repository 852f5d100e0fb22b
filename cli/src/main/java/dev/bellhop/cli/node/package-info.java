// SPDX-License-Identifier: Apache-2.0
/** {@code bellhop node}: a cluster's hosts, for who administers them and on the hosts themselves. */
@NullMarked
package dev.bellhop.cli.node;

import org.jspecify.annotations.NullMarked;
