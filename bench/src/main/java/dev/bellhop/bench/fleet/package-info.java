// SPDX-License-Identifier: Apache-2.0
/** Many agents at once, and the start of a server that knows many VMs. */
@NullMarked
package dev.bellhop.bench.fleet;

import org.jspecify.annotations.NullMarked;
