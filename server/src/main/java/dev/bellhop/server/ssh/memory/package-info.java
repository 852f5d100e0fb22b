// SPDX-License-Identifier: Apache-2.0
/** The memory limits for callers of the SSH door. */
@NullMarked
package dev.bellhop.server.ssh.memory;

import org.jspecify.annotations.NullMarked;
