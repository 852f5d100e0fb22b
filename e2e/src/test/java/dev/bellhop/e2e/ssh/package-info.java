// SPDX-License-Identifier: Apache-2.0
/** The SSH door by the clients that people have. */
@NullMarked
package dev.bellhop.e2e.ssh;

import org.jspecify.annotations.NullMarked;
