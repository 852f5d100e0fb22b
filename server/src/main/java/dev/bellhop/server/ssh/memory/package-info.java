// SPDX-License-Identifier: Apache-2.0
/** How much memory callers of the SSH door may take. */
@NullMarked
package dev.bellhop.server.ssh.memory;

import org.jspecify.annotations.NullMarked;
