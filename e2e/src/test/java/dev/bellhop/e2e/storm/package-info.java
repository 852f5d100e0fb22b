// SPDX-License-Identifier: Apache-2.0
/** Many commands, while the server and its agents are killed and frozen. */
@NullMarked
package dev.bellhop.e2e.storm;

import org.jspecify.annotations.NullMarked;
