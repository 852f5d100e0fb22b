// SPDX-License-Identifier: Apache-2.0
/** By what clients know the SSH door, what it speaks, and how it checks signatures. */
@NullMarked
package dev.bellhop.server.ssh.crypto;

import org.jspecify.annotations.NullMarked;
